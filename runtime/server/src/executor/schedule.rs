//! Which instruction starts next.
//!
//! The *frontier* is the lowest instruction that is not finished. It may always start, because everything before it is done;
//! so the run cannot stop short. Others may start early while the results computed beyond the frontier stay below
//! a number of bytes, with what their operations take while they run. What is alive at any moment is then at most what is alive at
//! the frontier when instructions run in order, which the plan's memory counts, and those bytes. Without the bound, idle threads would encode all
//! constants of the program at its beginning.

use hep_plan::Plan;
use hep_plan::memory::InstrBytes;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Instructions per thread that may be computed beyond the frontier, however little memory they take.
const LOOK_AHEAD: usize = 64;

/// Who waits for whom, among instructions that are executed together; they are numbered in the order of their list.
pub(super) struct Graph {
    /// Their positions in the plan.
    positions: Vec<usize>,
    /// Instructions that read a result of this one, each once.
    users: Vec<Vec<u32>>,
    /// Number of instructions whose results this one reads.
    operands: Vec<u32>,
}

impl Graph {
    /// Of the instructions at these positions, in order. What they read of others is there already.
    pub(super) fn new(plan: &Plan, positions: Vec<usize>) -> Self {
        let mut maker: Vec<Option<u32>> = vec![None; plan.server.values.len()];
        let mut users: Vec<Vec<u32>> = vec![Vec::new(); positions.len()];
        let mut operands = vec![0u32; positions.len()];
        for (number, position) in positions.iter().enumerate() {
            let instr = &plan.server.instrs[*position];
            let mut makers: Vec<u32> =
                instr.operands().iter().filter_map(|reg| maker[*reg as usize]).collect();
            makers.sort_unstable();
            makers.dedup();
            operands[number] = makers.len() as u32;
            makers.iter().for_each(|m| users[*m as usize].push(number as u32));
            instr.outputs.iter().for_each(|reg| maker[*reg as usize] = Some(number as u32));
        }
        Self { positions, users, operands }
    }

    /// The position in the plan of instruction number `number`.
    pub(super) fn position(&self, number: usize) -> usize {
        self.positions[number]
    }
}

/// What is ready, running and done.
pub(super) struct Schedule {
    ready: BinaryHeap<Reverse<u32>>,
    /// Operands that are not there yet, by instruction.
    waiting: Vec<u32>,
    /// Bytes by instruction.
    bytes: Vec<InstrBytes>,
    started: Vec<bool>,
    finished: Vec<bool>,
    frontier: usize,
    active: usize,
    threads: usize,
    /// Bytes of started instructions beyond the frontier: of the results, and while they run of all that they take.
    ahead: u64,
    ahead_limit: u64,
    stopped: bool,
}

impl Schedule {
    pub(super) fn new(plan: &Plan, graph: &Graph, threads: usize, ahead_limit: u64) -> Self {
        let count = graph.positions.len();
        let mut schedule = Self {
            ready: BinaryHeap::new(),
            waiting: Vec::new(),
            bytes: graph.positions.iter().map(|position| plan.instr_bytes(*position, threads)).collect(),
            started: vec![false; count],
            finished: vec![false; count],
            frontier: 0,
            active: 0,
            threads: threads.max(1),
            ahead: 0,
            ahead_limit,
            stopped: false,
        };
        schedule.restart(graph);
        schedule
    }

    /// As before anything started, after all has finished.
    pub(super) fn restart(&mut self, graph: &Graph) {
        let free = |i: &u32| graph.operands[*i as usize] == 0;
        self.ready = (0..graph.operands.len() as u32).filter(free).map(Reverse).collect();
        self.waiting.clone_from(&graph.operands);
        self.started.fill(false);
        self.finished.fill(false);
        (self.frontier, self.active, self.ahead) = (0, 0, 0);
    }

    /// The instruction to start now, if any may.
    pub(super) fn start(&mut self) -> Option<usize> {
        if self.stopped || self.active >= self.threads {
            return None;
        }
        let &Reverse(lowest) = self.ready.peek()?;
        let position = lowest as usize;
        if position != self.frontier {
            let near = position < self.frontier + LOOK_AHEAD * self.threads;
            if !near || self.ahead.saturating_add(self.bytes[position].running) > self.ahead_limit {
                return None;
            }
            self.ahead += self.bytes[position].running;
        }
        self.ready.pop();
        self.started[position] = true;
        self.active += 1;
        Some(position)
    }

    /// Marks an instruction as done and its users as ready where nothing else is missing.
    pub(super) fn finish(&mut self, graph: &Graph, position: usize) {
        self.active -= 1;
        self.finished[position] = true;
        if position != self.frontier {
            let InstrBytes { results, running } = self.bytes[position];
            self.ahead -= running - results;
        }
        for user in &graph.users[position] {
            let waiting = &mut self.waiting[*user as usize];
            *waiting -= 1;
            if *waiting == 0 {
                self.ready.push(Reverse(*user));
            }
        }
        while self.finished.get(self.frontier) == Some(&true) {
            self.frontier += 1;
            // The instruction that the frontier has come to is early no more.
            if self.started.get(self.frontier) == Some(&true) {
                let InstrBytes { results, running } = self.bytes[self.frontier];
                self.ahead -= if self.finished[self.frontier] { results } else { running };
            }
        }
    }

    /// Starts nothing more.
    pub(super) fn stop(&mut self) {
        self.active -= 1;
        self.stopped = true;
    }
}
