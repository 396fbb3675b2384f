//! Ten thousand people: inviting them (a release server in its own process, by API and by the portal), then the pages of
//! an organization to which they belong (served by this process), on either engine.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use reqwest::Method;
use serde::Serialize;
use tessera_app::seeding::{self, NewMember};
use tessera_domain::Role;
use tessera_testkit::actors::Person;
use tessera_testkit::database::{Database, Engine, engines};
use tessera_testkit::figures::{Figures, milliseconds};
use tessera_testkit::serve::{self, Serve};
use tessera_testkit::server::World;

/// What `bench-people` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// How many people
    #[arg(long, default_value_t = 10_000)]
    people: usize,
    /// Previews and pages per measurement
    #[arg(long, default_value_t = 9)]
    rounds: usize,
}

/// One figure, beside what it may be.
#[derive(Debug, Serialize)]
struct Measured {
    engine: String,
    what: &'static str,
    people: usize,
    /// The median, in milliseconds.
    median: f64,
    /// The longest, in milliseconds.
    longest: f64,
    /// What the median may be, in milliseconds.
    may_be: f64,
}

/// Runs the task: prints a line of JSON per figure, then a table.
pub(crate) async fn run(options: Options) -> anyhow::Result<()> {
    let mut all = Vec::new();
    for engine in engines() {
        all.extend(measure(engine, &options).await?);
    }
    println!();
    println!(
        "{:<10} {:<44} {:>7} {:>10} {:>10} {:>10}",
        "engine", "what", "people", "median ms", "longest", "may be"
    );
    for row in all {
        println!(
            "{:<10} {:<44} {:>7} {:>10.1} {:>10.1} {:>10.0}",
            row.engine, row.what, row.people, row.median, row.longest, row.may_be
        );
    }
    Ok(())
}

async fn measure(engine: Engine, options: &Options) -> anyhow::Result<Vec<Measured>> {
    let database = Database::create(engine).await?;
    let mut server = Serve::start(&database, serve::Options::default()).await?;
    let link = server.setup_link().await?;
    let owner = Person::set_up(&link, "Meridian", "Ada", "ada@meridian.example").await?;
    let bench = Bench {
        engine,
        owner: &owner,
        options,
    };
    let mut measured = bench.invitations().await?;
    server.kill().await?;
    measured.extend(belonging(engine, options).await?);
    Ok(measured)
}

/// The pages of an organization with that many members, served by this process.
async fn belonging(engine: Engine, options: &Options) -> anyhow::Result<Vec<Measured>> {
    let world = World::new(engine).await?;
    let person = |number: usize| {
        Ok(NewMember {
            name: format!("Person {number:05}").parse()?,
            email: format!("m{number:05}@example.org").parse()?,
            role: if number.is_multiple_of(7) {
                Role::Write
            } else {
                Role::Read
            },
        })
    };
    let people: Vec<NewMember> = (0..options.people).map(person).collect::<anyhow::Result<_>>()?;
    seeding::members(&world.server.running.site.app, world.owner.org.parse()?, &people).await?;
    let bench = Bench {
        engine,
        owner: &world.owner,
        options,
    };
    let measured = bench.members().await?;
    world.server.stop().await?;
    Ok(measured)
}

/// What every figure of one server needs.
struct Bench<'a> {
    engine: Engine,
    owner: &'a Person,
    options: &'a Options,
}

impl Bench<'_> {
    /// From a file to the last invitation, then the page that lists them.
    async fn invitations(&self) -> anyhow::Result<Vec<Measured>> {
        let csv = self.csv();
        let path = self.owner.api("/invitations/preview");
        let previewed = self
            .repeat(async || {
                let http = &self.owner.http;
                let request = http
                    .request(Method::POST, &path)
                    .header("content-type", "text/csv")
                    .body(csv.clone());
                http.send(request).await?.expect(200).map(drop)
            })
            .await?;
        let began = Instant::now();
        let list = self.upload(&csv).await?;
        let looked_at = began.elapsed();
        let began = Instant::now();
        self.send(&list).await?;
        let sent = began.elapsed();
        let pending = self.owner.page("/invitations");
        let listed = self
            .repeat(async || self.owner.http.get(&pending).await?.expect(200).map(drop))
            .await?;
        let searched = self
            .repeat(async || {
                let found = self
                    .owner
                    .http
                    .get(&format!("{pending}?q=p04242"))
                    .await?
                    .expect(200)?;
                anyhow::ensure!(
                    found.body.contains("p04242@example.org"),
                    "the search finds somebody"
                );
                Ok(())
            })
            .await?;
        Ok(vec![
            self.row("preview by API", previewed, 2_000.0),
            self.row("file uploaded, looked at and kept", vec![looked_at], 2_000.0),
            self.row("invited, to the last one", vec![sent], 10_000.0),
            self.row("page of pending invitations", listed, 100.0),
            self.row("search in pending invitations", searched, 100.0),
        ])
    }

    /// Members as an admin looks through them.
    async fn members(&self) -> anyhow::Result<Vec<Measured>> {
        let pages = [
            ("members page", "/members", 50.0),
            ("members page, searched", "/members?q=m04242", 50.0),
            ("members page, by role", "/members?role=write", 50.0),
            ("members page, without a device", "/members?device=none", 50.0),
            ("Home", "", 50.0),
            ("export of all members", "/members.csv", 1_000.0),
        ];
        let mut measured = Vec::new();
        for (what, path, may_be) in pages {
            let path = self.owner.page(path);
            let times = self
                .repeat(async || self.owner.http.get(&path).await?.expect(200).map(drop))
                .await?;
            measured.push(self.row(what, times, may_be));
        }
        Ok(measured)
    }

    fn csv(&self) -> String {
        let row = |number: usize| format!("p{number:05}@example.org,{}\r\n", ["Read", "write"][number % 2]);
        let rows: String = (0..self.options.people).map(row).collect();
        format!("email,role\r\n{rows}")
    }

    /// Sends the file as a browser does; the list's path, once its first page was shown.
    async fn upload(&self, csv: &str) -> anyhow::Result<String> {
        let http = &self.owner.http;
        let part = "content-disposition: form-data; name=\"file\"; filename=\"people.csv\"";
        let body = format!("--edge\r\n{part}\r\ncontent-type: text/csv\r\n\r\n{csv}\r\n--edge--\r\n");
        let request = http
            .request(Method::POST, &self.owner.page("/members/invite/file"))
            .header("content-type", "multipart/form-data; boundary=edge")
            .body(body);
        let kept = http.send(request).await?.expect(303)?;
        let list = kept.location().context("the preview has an address")?.to_owned();
        http.get(&list).await?.expect(200)?;
        Ok(list)
    }

    /// Presses *Send Invites* and looks on until the list is done.
    async fn send(&self, list: &str) -> anyhow::Result<()> {
        let http = &self.owner.http;
        http.post(list, &[("intent", "send")]).await?.expect(303)?;
        // The page itself says when it is done, which is what an admin waits for.
        while http.get(list).await?.expect(200)?.body.contains(">Refresh<") {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let seats = http.get(&self.owner.api("/seats")).await?.expect(200)?.json()?;
        anyhow::ensure!(
            seats["held"] == serde_json::json!(self.options.people),
            "everybody is invited: {seats}"
        );
        Ok(())
    }

    async fn repeat(&self, act: impl AsyncFn() -> anyhow::Result<()>) -> anyhow::Result<Vec<Duration>> {
        let mut times = Vec::new();
        for _ in 0..self.options.rounds {
            let began = Instant::now();
            act().await?;
            times.push(began.elapsed());
        }
        Ok(times)
    }

    fn row(&self, what: &'static str, times: Vec<Duration>, may_be: f64) -> Measured {
        let figures = Figures::of(times);
        let millis = |duration: Duration| (duration.as_secs_f64() * 10_000.0).round() / 10.0;
        let measured = Measured {
            engine: format!("{:?}", self.engine).to_lowercase(),
            what,
            people: self.options.people,
            median: millis(figures.median()),
            longest: millis(figures.longest()),
            may_be,
        };
        match serde_json::to_string(&measured) {
            Ok(line) => println!("{line}"),
            Err(error) => println!("{what}: {} ms ({error})", milliseconds(figures.median())),
        }
        measured
    }
}
