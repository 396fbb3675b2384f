//! A server with a cast: two organizations and somebody of every role, who speak only HTTP.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use tessera_app::seeding::{self, NewMember};
use tessera_app::{AccountActor, Actor, Cost, Credential, sync};
use tessera_domain::Role;
use tessera_ids::{AccountId, OrgId, SessionId};
use tessera_server::{Ambient, Config, Running, start};
use tessera_store::{Durability, OpenOptions};
use tessera_testkit::device::{Applicant, Device};
use tessera_testkit::http::Client;

pub(crate) const PASSWORD: &str = "four plain words together";

/// A running server in a temporary folder.
pub(crate) struct TestServer {
    pub(crate) running: Running,
    pub(crate) base: String,
    folder: TempDir,
}

impl TestServer {
    pub(crate) async fn start() -> Self {
        Self::start_with("").await
    }

    /// Starts one with further lines of configuration.
    pub(crate) async fn start_with(toml: &str) -> Self {
        tessera_testkit::use_ring();
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let text = format!("listen = '127.0.0.1:0'\ndata = '{}'\n{toml}", data.display());
        let config = Config::from_toml(&text).unwrap();
        config.check().unwrap();
        let database = OpenOptions {
            durability: Durability::Nothing,
            ..OpenOptions::default()
        };
        let ambient = Ambient {
            database,
            password_cost: Cost::Toy,
            ..Ambient::default()
        };
        let running = start(config, ambient).await.unwrap();
        Self {
            base: format!("http://{}", running.address),
            running,
            folder,
        }
    }

    pub(crate) fn client(&self) -> Client {
        Client::new(&self.base).unwrap()
    }

    fn mails(&self) -> PathBuf {
        self.folder.path().join("data/mail")
    }

    /// Waits for a mail to that address that holds this text; gives it as it was written.
    pub(crate) async fn mail(&self, to: &str, holds: &str) -> String {
        for _ in 0..400 {
            let files = std::fs::read_dir(self.mails()).unwrap().flatten();
            let texts = files.filter_map(|file| std::fs::read_to_string(file.path()).ok());
            let text = texts
                .map(|text| text.replace("=\r\n", "").replace("=3D", "="))
                .find(|text| text.contains(&format!("To: {to}")) && text.contains(holds));
            if let Some(text) = text {
                return text;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("no mail to {to} that holds {holds}");
    }

    /// The first link in a mail that leads below this path.
    pub(crate) async fn link(&self, to: &str, below: &str) -> String {
        let mail = self.mail(to, below).await;
        let start = mail.find(below).unwrap();
        mail[start..]
            .split(|c: char| c.is_whitespace() || c == '"' || c == '<')
            .next()
            .unwrap()
            .to_owned()
    }
}

/// Somebody with an account who is signed in.
pub(crate) struct Person {
    pub(crate) account: AccountId,
    pub(crate) email: String,
    pub(crate) client: Client,
}

/// Everybody.
pub(crate) struct Cast {
    pub(crate) server: TestServer,
    pub(crate) org: OrgId,
    pub(crate) owner: Person,
    pub(crate) admin: Person,
    pub(crate) writer: Person,
    pub(crate) reader: Person,
    /// Owns the other organization.
    pub(crate) other: Person,
    /// Belongs nowhere.
    pub(crate) stranger: Person,
    pub(crate) device: Device,
    pub(crate) device_token: String,
}

impl Cast {
    pub(crate) async fn assemble() -> Self {
        let server = TestServer::start().await;
        let owner = set_up(&server).await;
        let org = only_org(&owner.client).await;
        let created = owner
            .client
            .post("/organizations/new", &[("name", "Other")])
            .await
            .unwrap()
            .expect(303)
            .unwrap();
        let other_org: OrgId = created
            .location()
            .unwrap()
            .trim_start_matches("/o/")
            .trim_end_matches("/welcome")
            .parse()
            .unwrap();
        let roles = [
            ("admin", Role::Admin),
            ("writer", Role::Write),
            ("reader", Role::Read),
        ];
        let mut people = Vec::new();
        for (name, role) in roles {
            people.push(join(&server, org, name, role).await);
        }
        let other = join(&server, other_org, "other", Role::Owner).await;
        let stranger = join(&server, other_org, "stranger", Role::Read).await;
        let gone = format!("/api/v1/orgs/{other_org}/members/{}", stranger.account);
        owner
            .client
            .send(owner.client.request(reqwest::Method::DELETE, &gone))
            .await
            .unwrap()
            .expect(204)
            .unwrap();
        // Being removed from the last organization signed the stranger out.
        let stranger = Person {
            client: sign_in(&server, &stranger.email).await,
            ..stranger
        };
        let left = format!("/api/v1/orgs/{other_org}/members/{}", owner.account);
        other
            .client
            .send(other.client.request(reqwest::Method::DELETE, &left))
            .await
            .unwrap()
            .expect(204)
            .unwrap();
        let device = enrol(&server, org, owner.account, "workbench").await;
        let device_token = device.token().await.unwrap();
        let [admin, writer, reader] = people.try_into().ok().unwrap();
        Self {
            server,
            org,
            owner,
            admin,
            writer,
            reader,
            other,
            stranger,
            device,
            device_token,
        }
    }

    /// A path of the API below the organization.
    pub(crate) fn api(&self, rest: &str) -> String {
        format!("/api/v1/orgs/{}/{rest}", self.org)
    }
}

/// Makes the first owner by the link that a first start prints.
pub(crate) async fn set_up(server: &TestServer) -> Person {
    let client = server.client();
    let link = server.running.setup_link.clone().unwrap();
    let email = "owner@example.org".to_owned();
    let form = [
        ("name", "Olga Owner"),
        ("email", &email),
        ("password", PASSWORD),
        ("org_name", "Example"),
    ];
    client.post(&link, &form).await.unwrap().expect(303).unwrap();
    Person {
        account: account(&client).await,
        email,
        client,
    }
}

pub(crate) async fn only_org(client: &Client) -> OrgId {
    let me = client
        .get("/api/v1/me")
        .await
        .unwrap()
        .expect(200)
        .unwrap()
        .json()
        .unwrap();
    me["organizations"][0]["id"].as_str().unwrap().parse().unwrap()
}

async fn account(client: &Client) -> AccountId {
    let me = client
        .get("/api/v1/me")
        .await
        .unwrap()
        .expect(200)
        .unwrap()
        .json()
        .unwrap();
    me["id"].as_str().unwrap().parse().unwrap()
}

/// Adds a member who then chooses a password by the link of a mail.
pub(crate) async fn join(server: &TestServer, org: OrgId, name: &str, role: Role) -> Person {
    let email = format!("{name}@example.org");
    let member = NewMember {
        name: format!("{name} Person").parse().unwrap(),
        email: email.parse().unwrap(),
        role,
    };
    seeding::members(&server.running.site.app, org, &[member])
        .await
        .unwrap();
    let client = server.client();
    client
        .post("/forgot-password", &[("email", &email)])
        .await
        .unwrap()
        .expect(200)
        .unwrap();
    let link = server.link(&email, "/reset-password/").await;
    client
        .post(&link, &[("password", PASSWORD)])
        .await
        .unwrap()
        .expect(303)
        .unwrap();
    Person {
        account: account(&client).await,
        email,
        client,
    }
}

pub(crate) async fn sign_in(server: &TestServer, email: &str) -> Client {
    let client = server.client();
    let form = [("email", email), ("password", PASSWORD), ("next", "/")];
    client.post("/sign-in", &form).await.unwrap().expect(303).unwrap();
    client
}

/// Enrols a device that speaks the wire, approved as a browser would.
pub(crate) async fn enrol(server: &TestServer, org: OrgId, account: AccountId, host: &str) -> Device {
    let app = Arc::clone(&server.running.site.app);
    let applicant = Applicant::begin(&server.base, host).await.unwrap();
    let credential = Credential::Session {
        id: SessionId::generate(&*app.clock, &*app.entropy),
        recent: true,
    };
    let actor = Actor::Account(AccountActor {
        account,
        credential,
        address: None,
    });
    sync::approve(&app, &actor, org, applicant.code()).await.unwrap();
    applicant.finish().await.unwrap()
}
