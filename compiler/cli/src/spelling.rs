//! How this command writes what libraries say that a user can set or ask for.

use hep_plan::setting::{self, Mark, Setting};
use std::borrow::Cow;

/// A message of a library as the command says it: with options, and with commands.
pub fn spelled(message: &str) -> Cow<'_, str> {
    setting::spelled(message, option)
}

fn option(mark: Mark<'_>) -> String {
    match mark {
        Mark::Set(Setting::Size, size) => format!("`-p {}`", size.unwrap_or("NAME=VALUE")),
        Mark::Set(setting, value) => {
            let value = value.map(|value| format!(" {value}")).unwrap_or_default();
            format!("`--{}{value}`", setting.name().replace(' ', "-"))
        }
        Mark::Ask(request, what) => {
            let what = what.map(|what| format!(" {what}")).unwrap_or_default();
            format!("`hep {}{what}`", request.name())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::Cli;
    use clap::CommandFactory;
    use hep_plan::setting::Request;

    #[test]
    fn settings_are_options_and_requests_are_commands() {
        let cli = Cli::command();
        for request in Request::ALL {
            assert!(cli.find_subcommand(request.name()).is_some(), "{request}");
        }
        for setting in Setting::ALL.into_iter().filter(|setting| *setting != Setting::Size) {
            let name = setting.name().replace(' ', "-");
            let has =
                |command: &clap::Command| command.get_arguments().any(|arg| arg.get_long() == Some(&name));
            assert!(cli.get_subcommands().any(has), "{setting}");
        }
        assert_eq!(
            spelled(&format!(
                "{}, {}, {}",
                Setting::KeyBudget.to("2GB"),
                Setting::Size.to("T=3"),
                Request::Info.of("FILE")
            )),
            "`--key-budget 2GB`, `-p T=3`, `hep info FILE`"
        );
    }
}
