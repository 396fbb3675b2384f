//! Ten thousand people: inviting them (a release server in its own process, by API and by the portal), then the pages of
//! an organization to which they belong (served by this process), on either engine.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use reqwest::Method;
use tessera_app::seeding::{self, NewMember};
use tessera_domain::Role;
use tessera_testkit::actors::Person;
use tessera_testkit::bench::{Goal, Line};
use tessera_testkit::database::{Database, Engine, engines};
use tessera_testkit::figures::Figures;
use tessera_testkit::serve::{self, Serve};
use tessera_testkit::server::World;

use super::millis;

const PART: &str = "With 10,000 people";
/// How many.
const PEOPLE: usize = 10_000;
/// Previews and pages per measurement.
const ROUNDS: usize = 9;

/// Runs the task, on each engine.
pub(super) async fn run() -> anyhow::Result<Vec<Line>> {
    let mut lines = Vec::new();
    for engine in engines() {
        lines.extend(measure(engine).await?);
    }
    Ok(lines)
}

async fn measure(engine: Engine) -> anyhow::Result<Vec<Line>> {
    let database = Database::create(engine).await?;
    let mut server = Serve::start(&database, serve::Options::default()).await?;
    let link = server.setup_link().await?;
    let owner = Person::set_up(&link, "Meridian", "Ada", "ada@meridian.example").await?;
    let bench = Bench {
        engine,
        owner: &owner,
    };
    let mut measured = bench.invitations().await?;
    server.kill().await?;
    measured.extend(belonging(engine).await?);
    Ok(measured)
}

/// The pages of an organization with that many members, served by this process.
async fn belonging(engine: Engine) -> anyhow::Result<Vec<Line>> {
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
    let people: Vec<NewMember> = (0..PEOPLE).map(person).collect::<anyhow::Result<_>>()?;
    seeding::members(&world.server.running.site.app, world.owner.org.parse()?, &people).await?;
    let bench = Bench {
        engine,
        owner: &world.owner,
    };
    let measured = bench.members().await?;
    world.server.stop().await?;
    Ok(measured)
}

/// What every figure of one server needs.
struct Bench<'a> {
    engine: Engine,
    owner: &'a Person,
}

impl Bench<'_> {
    /// From a file to the last invitation, then the page that lists them.
    async fn invitations(&self) -> anyhow::Result<Vec<Line>> {
        let csv = Self::csv();
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
    async fn members(&self) -> anyhow::Result<Vec<Line>> {
        let pages = [
            ("members page", "/members", 50.0),
            ("members page, searched", "/members?q=m04242", 50.0),
            ("members page, by role", "/members?role=write", 50.0),
            ("members page, without a device", "/members?device=none", 50.0),
            ("Home", "", 50.0),
            ("export of all members", "/members.csv", 1_000.0),
        ];
        let sign_in = self
            .repeat(async || {
                let base = self.owner.http.base();
                Person::sign_in(base, &self.owner.email).await.map(drop)
            })
            .await?;
        let listed = self.owner.api("/members?limit=100");
        let listed = self
            .repeat(async || self.owner.http.get(&listed).await?.expect(200).map(drop))
            .await?;
        let mut measured = vec![
            self.row("signing in", sign_in, 500.0),
            self.row("a hundred members by API", listed, 50.0),
        ];
        for (what, path, may_be) in pages {
            let path = self.owner.page(path);
            let times = self
                .repeat(async || self.owner.http.get(&path).await?.expect(200).map(drop))
                .await?;
            measured.push(self.row(what, times, may_be));
        }
        Ok(measured)
    }

    fn csv() -> String {
        let row = |number: usize| format!("p{number:05}@example.org,{}\r\n", ["Read", "write"][number % 2]);
        let rows: String = (0..PEOPLE).map(row).collect();
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
            seats["held"] == serde_json::json!(PEOPLE),
            "everybody is invited: {seats}"
        );
        Ok(())
    }

    async fn repeat(&self, act: impl AsyncFn() -> anyhow::Result<()>) -> anyhow::Result<Vec<Duration>> {
        let mut times = Vec::new();
        for _ in 0..ROUNDS {
            let began = Instant::now();
            act().await?;
            times.push(began.elapsed());
        }
        Ok(times)
    }

    fn row(&self, what: &'static str, times: Vec<Duration>, may_be: f64) -> Line {
        let figures = Figures::of(times);
        let what = format!("{}: {what}", super::name(self.engine));
        Line::new(PART, what, millis(figures.median()), "ms").goal(Goal::AtMost(may_be))
    }
}
