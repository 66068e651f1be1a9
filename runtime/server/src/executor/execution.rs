//! One execution: its stages one after the other, the instructions of each on all threads.

use super::course::{Begun, Handed, Stop};
use super::schedule::{Graph, Schedule};
use super::stages::{Stage, Stages};
use super::work::Desk;
use super::{Progress, RunError, iterations_after};
use crate::backend::Backend;
use hep_plan::server::Reg;
use rayon::ThreadPool;
use std::sync::{Arc, Mutex, PoisonError};

pub(super) struct Report<'a> {
    pub(super) progress: &'a mut (dyn FnMut(Progress) + Send),
    pub(super) done: f64,
    pub(super) total: f64,
    pub(super) iterations: u32,
}

/// An execution, shared by all threads. No lock is held while an operation runs.
pub(super) struct Execution<'a, B: Backend> {
    pub(super) desk: Desk<'a, B>,
    pub(super) pool: &'a ThreadPool,
    pub(super) ahead: u64,
    pub(super) stop: Option<Stop<'a>>,
    pub(super) report: Mutex<Report<'a>>,
    pub(super) costs: Vec<f64>,
}

/// Who is told of what runs hand on.
type Told<'a, C> = Option<&'a mut (dyn FnMut(Handed<C>) + Send)>;

impl<B: Backend> Execution<'_, B> {
    /// What comes before the loop, its runs, what comes after it; then the results.
    pub(super) fn all(
        &self,
        begun: Begun<B::Cipher>,
        mut handed: Told<'_, B::Cipher>,
    ) -> Result<Vec<Vec<B::Cipher>>, RunError> {
        let Desk { plan, store, stages, .. } = &self.desk;
        let Begun { runs, carried } = begun;
        self.run(Stage::Before, &stages.before)?;
        if let Some(repeats) = &plan.server.repeats {
            let regs = |of: fn(&hep_plan::server::CarriedReg) -> Reg| -> Vec<Reg> {
                repeats.carried.iter().map(of).collect()
            };
            let (inits, nexts) = (regs(|variable| variable.init), regs(|variable| variable.next));
            let mut values = match carried {
                Some(carried) => carried.into_iter().map(Arc::new).collect(),
                None => store.hand_on(&inits)?,
            };
            let uses = stages.body_uses(plan);
            let takers = Stages::takers(plan, &stages.body);
            let graph = Graph::new(plan, stages.body.clone());
            let threads = self.pool.current_num_threads();
            let schedule = Mutex::new(Schedule::new(plan, &graph, threads, self.ahead));
            for run in runs.clone() {
                store.carry(plan, std::mem::take(&mut values), &takers);
                store.begin(stages.local.clone(), &uses);
                self.stage(Stage::Body(run), &graph, &schedule)?;
                values = store.hand_on(&nexts)?;
                if let Some(handed) = &mut handed {
                    let carried = values.clone();
                    handed(Handed { runs: run + 1, iterations: iterations_after(plan, run + 1), carried });
                }
            }
            stages.kept(plan).into_iter().for_each(|reg| store.release(reg));
            store.carry(plan, values, &Stages::takers(plan, &stages.after));
        }
        self.run(Stage::After(runs.end), &stages.after)?;
        plan.outputs.iter().map(|output| store.take(&output.values)).collect()
    }

    fn run(&self, stage: Stage, positions: &[usize]) -> Result<(), RunError> {
        let plan = self.desk.plan;
        let graph = Graph::new(plan, positions.to_vec());
        let threads = self.pool.current_num_threads();
        let schedule = Mutex::new(Schedule::new(plan, &graph, threads, self.ahead));
        self.stage(stage, &graph, &schedule)
    }

    fn stage(&self, stage: Stage, graph: &Graph, schedule: &Mutex<Schedule>) -> Result<(), RunError> {
        schedule.lock().unwrap_or_else(PoisonError::into_inner).restart(graph);
        let running = Running { execution: self, stage, graph, schedule, failure: Mutex::new(None) };
        self.pool.scope(|scope| running.launch(scope));
        match running.failure.into_inner().unwrap_or_else(PoisonError::into_inner) {
            Some((_, error)) => Err(error),
            None => Ok(()),
        }
    }

    fn tell(&self, stage: Stage, position: usize) {
        let mut report = self.report.lock().unwrap_or_else(PoisonError::into_inner);
        report.done += self.costs.get(position).copied().unwrap_or(0.0);
        let now = Progress {
            done_cost: report.done,
            total_cost: report.total,
            part: self.desk.part(stage, position),
            instr: position,
            run: stage.run(),
            iterations: report.iterations,
        };
        (report.progress)(now);
    }
}

/// A stage that is running.
struct Running<'a, 'e, B: Backend> {
    execution: &'a Execution<'e, B>,
    stage: Stage,
    graph: &'a Graph,
    schedule: &'a Mutex<Schedule>,
    failure: Mutex<Option<(usize, RunError)>>,
}

impl<B: Backend> Running<'_, '_, B> {
    /// Starts every instruction that may start now. A finished instruction calls this again, so no thread ever waits
    /// for work: it is free to help the operations of others.
    fn launch<'scope>(&'scope self, scope: &rayon::Scope<'scope>) {
        loop {
            let next = self.schedule.lock().unwrap_or_else(PoisonError::into_inner).start();
            let Some(number) = next else { return };
            scope.spawn(move |scope| {
                self.step(number);
                self.launch(scope);
            });
        }
    }

    fn step(&self, number: usize) {
        let position = self.graph.position(number);
        let Execution { desk, stop, .. } = self.execution;
        let result = if stop.is_some_and(|stop| stop()) {
            Err(RunError::Stopped { part: desk.part(self.stage, position) })
        } else {
            desk.perform(self.stage, position)
        };
        let mut schedule = self.schedule.lock().unwrap_or_else(PoisonError::into_inner);
        match result {
            Ok(()) => {
                schedule.finish(self.graph, number);
                drop(schedule);
                self.execution.tell(self.stage, position);
            }
            Err(error) => {
                schedule.stop();
                drop(schedule);
                let mut failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
                if failure.as_ref().is_none_or(|(earlier, _)| position < *earlier) {
                    *failure = Some((position, error));
                }
            }
        }
    }
}
