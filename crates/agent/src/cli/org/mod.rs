//! `tessera org export|plan|apply`: the organization's settings as a file, for people who keep them beside their code.
//!
//! Speaks to the portal's API with a personal access token; needs no agent and no signed-in machine.

mod ask;
mod client;
mod said;
mod secrets;

use std::{
    fs,
    io::{self, IsTerminal as _, Read as _},
    path::{Path, PathBuf},
};

use clap::{Args, Subcommand};
use serde_json::json;
use tessera_policy::file::{FileProblem, Head, MAX_BYTES};

use self::{
    client::{ApplyBody, Client},
    said::{Plan, applied_keys},
    secrets::Secrets,
};
use super::{ExitCode, Trust, console::Console, console::complain};

/// Keep the organization's settings in a file.
#[derive(Debug, Args)]
pub struct Org {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// Write the settings as they are now into a policy file.
    Export(Export),
    /// Say what applying a policy file would do: exit code 0 nothing, 2 changes, 1 something is wrong.
    Plan(PlanFile),
    /// Make the settings what a policy file says, as one revision.
    Apply(Apply),
}

/// Where the portal is. The token comes from `TESSERA_TOKEN` alone, so that no list of processes shows it.
#[derive(Debug, Args)]
struct Portal {
    /// The portal's address.
    #[arg(long, value_name = "URL", env = "TESSERA_URL")]
    url: Option<String>,
    #[command(flatten)]
    trust: Trust,
}

#[derive(Debug, Args)]
struct Export {
    /// The organization: its id, or its exact name.
    #[arg(value_name = "ORG")]
    org: String,
    /// The file to write, instead of standard output.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    portal: Portal,
}

#[derive(Debug, Args)]
struct PlanFile {
    #[command(flatten)]
    file: PolicyFile,
    /// Look up no secret that the file names, and so compare no provider's key.
    #[arg(long)]
    no_secrets: bool,
    /// Print JSON for scripts.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct Apply {
    #[command(flatten)]
    file: PolicyFile,
    /// Apply without asking.
    #[arg(long)]
    yes: bool,
    /// Why, for the history.
    #[arg(long, value_name = "TEXT", default_value = "")]
    note: String,
    /// What the portal shall call the file; its path as it is given here, otherwise.
    #[arg(long, value_name = "TEXT")]
    source: Option<String>,
    /// Print JSON for scripts.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct PolicyFile {
    /// The policy file; `-` reads standard input.
    #[arg(short = 'f', long = "file", value_name = "FILE")]
    file: PathBuf,
    /// The organization, where the file's head does not name it.
    #[arg(long, value_name = "ORG")]
    org: Option<String>,
    #[command(flatten)]
    portal: Portal,
}

/// Why a command ended early.
enum Stop {
    /// The command line or its surroundings are wrong.
    Usage(String),
    /// Something else is: one line each.
    Failed(Vec<String>),
}

impl Stop {
    fn failed(line: impl Into<String>) -> Self {
        Self::Failed(vec![line.into()])
    }
}

/// There is something to apply.
const CHANGES: ExitCode = ExitCode(2);

pub(super) async fn run(org: Org) -> ExitCode {
    let (json, done) = match org.act {
        Act::Export(act) => (false, export(act).await),
        Act::Plan(act) => (act.json, plan(act).await),
        Act::Apply(act) => (act.json, apply(act).await),
    };
    let (code, lines) = match done {
        Ok(code) => return code,
        Err(Stop::Usage(line)) => (ExitCode::USAGE, vec![line]),
        Err(Stop::Failed(lines)) => (ExitCode::FAILURE, lines),
    };
    lines.iter().for_each(complain);
    Console::new(json).value(&json!({ "error": lines.join("; "), "errors": lines }));
    code
}

async fn export(act: Export) -> Result<ExitCode, Stop> {
    let client = Client::new(act.portal.url.as_deref(), &act.portal.trust)?;
    let org = client.find(&act.org).await?;
    let text = client.export(&org).await?;
    match act.output {
        None => Console::new(false).text(text.trim_end_matches('\n')),
        Some(path) => {
            let failed =
                |error: io::Error| Stop::failed(format!("{} cannot be written: {error}", path.display()));
            fs::write(&path, text).map_err(failed)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn plan(act: PlanFile) -> Result<ExitCode, Stop> {
    let Opened {
        text,
        client,
        org,
        secrets,
    } = open(&act.file, !act.no_secrets).await?;
    let planned = client
        .plan(&org, &text, &secrets)
        .await
        .map_err(|stop| in_file(&act.file, stop))?;
    let plan = Plan::read(&planned)?;
    Console::new(act.json).say(plan.prose(&name(&act.file.file)), &planned);
    Ok(if plan.nothing_to_do {
        ExitCode::SUCCESS
    } else {
        CHANGES
    })
}

async fn apply(act: Apply) -> Result<ExitCode, Stop> {
    if !act.yes && !io::stdin().is_terminal() {
        return Err(Stop::Usage(
            "nobody can be asked here; look at `tessera org plan` and say --yes".to_owned(),
        ));
    }
    let Opened {
        text,
        client,
        org,
        secrets,
    } = open(&act.file, true).await?;
    let planned = client
        .plan(&org, &text, &secrets)
        .await
        .map_err(|stop| in_file(&act.file, stop))?;
    let plan = Plan::read(&planned)?;
    let console = Console::new(act.json);
    console.text(plan.prose(&name(&act.file.file)));
    if !act.yes && !plan.is_settled() && !ask::yes("Apply it?") {
        return Err(Stop::failed("nothing was applied"));
    }
    let source = act.source.unwrap_or_else(|| name(&act.file.file));
    let body = ApplyBody {
        policy: &text,
        source: &source,
        note: &act.note,
        secrets: &secrets,
        credentials_state: plan.credentials_state(),
    };
    let applied = client
        .apply(&org, plan.revision, &body)
        .await
        .map_err(|stop| in_file(&act.file, stop))?;
    let revision = &applied["revision"];
    let line = match (
        applied["changed"].as_bool(),
        applied_keys(&applied["credentials"]),
    ) {
        (Some(true), None) => format!("Applied as revision {revision}."),
        (Some(true), Some(keys)) => format!("Applied as revision {revision}. {keys}"),
        (_, Some(keys)) => format!("Applied; no setting changed, so revision {revision} stays. {keys}"),
        (_, None) => format!("Nothing was to do; revision {revision} is as the file says."),
    };
    console.say(line, &applied);
    Ok(ExitCode::SUCCESS)
}

/// A file, whose it is, and the secrets that it names.
struct Opened {
    text: String,
    client: Client,
    org: String,
    secrets: Secrets,
}

/// Reads the file, and finds whose it is. A file that says a key where it should only name one goes no further.
async fn open(file: &PolicyFile, with_secrets: bool) -> Result<Opened, Stop> {
    let client = Client::new(file.portal.url.as_deref(), &file.portal.trust)?;
    let bytes = read(&file.file)?;
    let wrong = |problems: Vec<FileProblem>| {
        let lines = problems.iter().map(ToString::to_string).collect();
        in_file(file, Stop::Failed(lines))
    };
    let head = Head::read(&bytes).map_err(wrong)?;
    let secrets = if with_secrets {
        Secrets::find(&bytes, &folder(&file.file)).map_err(wrong)?
    } else {
        tessera_policy::file::PolicyFile::read_keys(&bytes).map_err(wrong)?;
        Secrets::default()
    };
    let named = head.id.map(|id| id.to_string()).or(head.name);
    let org = match (file.org.as_deref(), named) {
        (Some(org), _) => client.find(org).await?,
        (None, Some(named)) => client.find(&named).await?,
        (None, None) => {
            let text = "the file does not say whose it is: add `[org]` with its `id`, or say --org";
            return Err(Stop::Usage(text.to_owned()));
        }
    };
    // The head was read, so this is text.
    let text = String::from_utf8_lossy(&bytes).into_owned();
    Ok(Opened {
        text,
        client,
        org,
        secrets,
    })
}

/// The folder from which the paths in a file are taken: its own, or this one for standard input.
fn folder(path: &Path) -> PathBuf {
    path.parent().map(Path::to_path_buf).unwrap_or_default()
}

fn read(path: &Path) -> Result<Vec<u8>, Stop> {
    let failed = |error: io::Error| Stop::failed(format!("{} cannot be read: {error}", path.display()));
    let mut bytes = Vec::new();
    let most = MAX_BYTES as u64 + 1;
    if path == Path::new("-") {
        io::stdin()
            .lock()
            .take(most)
            .read_to_end(&mut bytes)
            .map_err(failed)?;
    } else {
        let file = fs::File::open(path).map_err(failed)?;
        file.take(most).read_to_end(&mut bytes).map_err(failed)?;
    }
    Ok(bytes)
}

/// What the file is called.
fn name(path: &Path) -> String {
    match path.to_str() {
        Some("-") => "standard input".to_owned(),
        _ => path.display().to_string(),
    }
}

/// Complaints of the file's content, with its name.
fn in_file(file: &PolicyFile, stop: Stop) -> Stop {
    match stop {
        Stop::Failed(lines) => {
            let named = |line: String| {
                if line.starts_with("line ") {
                    format!("{}: {line}", name(&file.file))
                } else {
                    line
                }
            };
            Stop::Failed(lines.into_iter().map(named).collect())
        }
        usage @ Stop::Usage(_) => usage,
    }
}
