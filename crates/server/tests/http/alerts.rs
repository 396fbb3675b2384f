//! Alerts on their way out, to a receiver that listens: signed, tested, refused, and never with a secret on a page.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use reqwest::Method;
use serde_json::{Value, json};
use tessera_app::alerts;
use tessera_domain::Role;
use tessera_ids::{JobId, OrgId};
use tessera_store::{JobKind, NewJob};
use tessera_testkit::http::Client;
use tokio::net::TcpListener;

use crate::cast::{Person, TestServer, join, only_org, set_up};

/// Verifies as the specification says, by what Python brings along. Says how many of the signatures fit.
const JUDGE: &str = r#"
import base64, hashlib, hmac, json, sys
heard = json.load(sys.stdin)
key = base64.b64decode(heard["secret"].removeprefix("whsec_"))
text = f'{heard["id"]}.{heard["timestamp"]}.{heard["body"]}'.encode()
wanted = "v1," + base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()
print(sum(hmac.compare_digest(wanted, given) for given in heard["signatures"].split()))
"#;

/// One message as it came.
#[derive(Clone, Debug)]
struct Heard {
    headers: axum::http::HeaderMap,
    body: String,
}

impl Heard {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap().to_str().unwrap()
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// How many of its signatures were made with this secret.
    fn signed_with(&self, secret: &str) -> usize {
        let python = std::env::var("TESSERA_TEST_PYTHON").unwrap_or_else(|_| "python3".to_owned());
        let mut judge = Command::new(python)
            .args(["-c", JUDGE])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let said = json!({
            "secret": secret, "body": self.body, "id": self.header("webhook-id"),
            "timestamp": self.header("webhook-timestamp"), "signatures": self.header("webhook-signature"),
        });
        judge
            .stdin
            .take()
            .unwrap()
            .write_all(said.to_string().as_bytes())
            .unwrap();
        let output = judge.wait_with_output().unwrap();
        String::from_utf8(output.stdout).unwrap().trim().parse().unwrap()
    }
}

/// The status of a receiver that takes a message and says nothing.
const NEVER: u16 = 0;

/// A receiver on a port of its own, which answers with what it is told to.
#[derive(Clone, Debug)]
struct Receiver {
    base: String,
    status: Arc<AtomicU16>,
    heard: Arc<Mutex<Vec<Heard>>>,
}

impl Receiver {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let receiver = Self {
            base: format!("http://{}", listener.local_addr().unwrap()),
            status: Arc::new(AtomicU16::new(204)),
            heard: Arc::default(),
        };
        let app = Router::new().fallback(take).with_state(receiver.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        receiver
    }

    fn heard(&self) -> Vec<Heard> {
        self.heard.lock().unwrap().clone()
    }

    /// Waits until so many messages came; gives the last.
    async fn nth(&self, count: usize) -> Heard {
        for _ in 0..400 {
            if let Some(heard) = self.heard().get(count - 1) {
                return heard.clone();
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("message {count} did not come: {:?}", self.heard());
    }
}

async fn take(State(receiver): State<Receiver>, request: Request) -> StatusCode {
    let (parts, body) = request.into_parts();
    let bytes = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    let heard = Heard {
        headers: parts.headers,
        body: String::from_utf8(bytes.to_vec()).unwrap(),
    };
    receiver.heard.lock().unwrap().push(heard);
    if receiver.status.load(Ordering::SeqCst) == NEVER {
        std::future::pending::<()>().await;
    }
    StatusCode::from_u16(receiver.status.load(Ordering::SeqCst)).unwrap()
}

async fn start() -> (TestServer, Person, OrgId) {
    let server = TestServer::start_with("[outbound]\nallow = ['127.0.0.0/8']").await;
    let owner = set_up(&server).await;
    let org = only_org(&owner.client).await;
    (server, owner, org)
}

fn page(org: OrgId) -> String {
    format!("/o/{org}/settings/alerts")
}

fn secret_in(body: &str) -> String {
    let from = body.find("whsec_").unwrap();
    body[from..]
        .split(['<', '"', '&', '\n'])
        .next()
        .unwrap()
        .to_owned()
}

async fn see(client: &Client, path: &str) -> String {
    client.get(path).await.unwrap().expect(200).unwrap().body
}

async fn only_endpoint(client: &Client, org: OrgId) -> Value {
    let path = format!("/api/v1/orgs/{org}/alerts/endpoints");
    client.get(&path).await.unwrap().json().unwrap()["endpoints"][0].clone()
}

#[tokio::test]
async fn a_signed_webhook_is_believed_by_another_implementation() {
    let (server, owner, org) = start().await;
    let (receiver, client) = (Receiver::start().await, &owner.client);
    let url = format!("{}/hook/planted-address", receiver.base);
    let form = [
        ("name", "Pager"),
        ("format", "standard"),
        ("url", &url),
        ("kind", "seats_full"),
    ];
    let answer = client
        .post(&format!("{}/endpoints", page(org)), &form)
        .await
        .unwrap();
    let secret = secret_in(&answer.expect(200).unwrap().body);
    let endpoint = only_endpoint(client, org).await;
    let path = format!("{}/endpoints/{}", page(org), endpoint["id"].as_str().unwrap());

    client
        .post(&format!("{path}/test"), &[])
        .await
        .unwrap()
        .expect(303)
        .unwrap();
    let test = receiver.nth(1).await;
    assert_eq!(
        (test.signed_with(&secret), test.json()["type"].clone()),
        (1, json!("alert.test"))
    );
    assert_eq!(test.signed_with("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), 0);

    let rotated = client
        .post(&format!("{path}/rotate"), &[("overlap", "86400")])
        .await
        .unwrap();
    let fresh = secret_in(&rotated.expect(200).unwrap().body);
    join(&server, org, "guest", Role::Read).await;
    let seats = format!("/operator/organizations/{org}/seats");
    client
        .post(&seats, &[("seats", "2")])
        .await
        .unwrap()
        .expect(303)
        .unwrap();
    alerts::look(&server.running.site.app, None).await.unwrap();
    let alert = receiver.nth(2).await;
    assert_eq!(
        (alert.signed_with(&secret), alert.signed_with(&fresh)),
        (1, 1),
        "both sign"
    );
    assert_eq!(alert.json()["data"]["kind"], "seats_full");
    server.mail("owner@example.org", "All seats are taken").await;
    client
        .post(&seats, &[("seats", "")])
        .await
        .unwrap()
        .expect(303)
        .unwrap();
    alerts::look(&server.running.site.app, None).await.unwrap();
    assert_eq!(receiver.nth(3).await.json()["type"], "alert.resolved");

    let api = format!("/api/v1/orgs/{org}/alerts");
    for place in [
        page(org),
        path.clone(),
        format!("{path}/rotate"),
        api,
        format!("/o/{org}/settings/audit"),
    ] {
        let shown = see(client, &place).await;
        for hidden in [secret.as_str(), &fresh, "planted-address"] {
            assert!(!shown.contains(hidden), "{place} shows {hidden}");
        }
    }
    assert!(see(client, &page(org)).await.contains("…ress"));
    assert!(see(client, &format!("/o/{org}")).await.contains("Open alerts"));
}

#[tokio::test]
async fn slack_and_teams_are_told_in_their_own_forms_and_refusals_are_shown() {
    let (_server, owner, org) = start().await;
    let (receiver, client) = (Receiver::start().await, &owner.client);
    let endpoints = format!("/api/v1/orgs/{org}/alerts/endpoints");
    for (format, count) in [("slack", 1), ("teams", 2)] {
        let body = json!({ "name": "<!channel>", "format": format, "url": format!("{}/x", receiver.base) });
        let added = client
            .json(Method::POST, &endpoints, &body)
            .await
            .unwrap()
            .expect(201)
            .unwrap();
        let added = added.json().unwrap();
        assert_eq!(added["secret"], Value::Null, "nothing is signed");
        let one = format!("{endpoints}/{}", added["id"].as_str().unwrap());
        let tested = client
            .json(Method::POST, &format!("{one}/test"), &json!({}))
            .await
            .unwrap();
        assert_eq!(tested.expect(200).unwrap().json().unwrap()["works"], true);
        let heard = receiver.nth(count).await;
        assert!(heard.headers.get("webhook-signature").is_none());
        let key = if format == "slack" {
            "blocks"
        } else {
            "attachments"
        };
        assert!(heard.json()[key].is_array(), "{}", heard.body);
        receiver.status.store(503, Ordering::SeqCst);
        let tested = client
            .json(Method::POST, &format!("{one}/test"), &json!({}))
            .await
            .unwrap();
        let said = tested.expect(200).unwrap().json().unwrap();
        assert!(said["problem"].as_str().unwrap().contains("503"), "{said}");
        receiver.status.store(200, Ordering::SeqCst);
        client
            .json(Method::DELETE, &one, &json!({}))
            .await
            .unwrap()
            .expect(204)
            .unwrap();
        receiver.heard.lock().unwrap().truncate(count);
    }
    for url in [
        "https://10.0.0.1/",
        "http://example.org/",
        "https://169.254.169.254/latest",
        "nonsense",
    ] {
        let body = json!({ "name": "Inside", "format": "slack", "url": url });
        let refused = client.json(Method::POST, &endpoints, &body).await.unwrap();
        refused.expect(422).unwrap();
    }
}

#[tokio::test]
async fn one_that_never_answers_holds_up_nobody_else() {
    let (server, owner, org) = start().await;
    let client = &owner.client;
    let [silent, well] = [Receiver::start().await, Receiver::start().await];
    silent.status.store(NEVER, Ordering::SeqCst);
    for (receiver, name) in [(&silent, "Silent"), (&well, "Well")] {
        let body = json!({
            "name": name, "format": "slack", "url": format!("{}/x", receiver.base), "kinds": ["seats_full"],
        });
        let path = format!("/api/v1/orgs/{org}/alerts/endpoints");
        let added = client.json(Method::POST, &path, &body).await.unwrap();
        added.expect(201).unwrap();
    }
    let seats = format!("/operator/organizations/{org}/seats");
    // Each of these opens the alert or ends it, which is one message for each endpoint.
    for (count, taken) in [(1, "1"), (2, ""), (3, "1")] {
        let saved = client.post(&seats, &[("seats", taken)]).await.unwrap();
        saved.expect(303).unwrap();
        alerts::look(&server.running.site.app, None).await.unwrap();
        well.nth(count).await;
        silent.nth(1).await;
    }
    // Mails go on as well, while the silent one still holds its first message.
    let sent = client.post("/operator/test-mail", &[]).await.unwrap();
    sent.expect(303).unwrap();
    server
        .mail("owner@example.org", "Mail of this Tessera arrives")
        .await;
    assert_eq!(silent.heard().len(), 1, "it is told one thing at a time");
}

#[tokio::test]
async fn the_operators_screen_is_theirs_alone_and_does_what_it_says() {
    let (server, owner, org) = start().await;
    let admin = join(&server, org, "admin", Role::Admin).await;
    let client = &owner.client;
    let screen = see(client, "/operator").await;
    for part in [
        "SQLite",
        "Last backup",
        "not known yet",
        "sign_up.open",
        "owner@example.org",
        "Example",
    ] {
        assert!(screen.contains(part), "{part}");
    }
    assert!(see(client, "/account").await.contains("href=\"/operator\""));
    assert!(!see(&admin.client, "/account").await.contains("/operator"));
    admin.client.get("/operator").await.unwrap().expect(404).unwrap();
    let opened = admin
        .client
        .post("/operator/sign-up", &[("open", "yes")])
        .await
        .unwrap();
    opened.expect(404).unwrap();

    client
        .post("/operator/test-mail", &[])
        .await
        .unwrap()
        .expect(303)
        .unwrap();
    server
        .mail("owner@example.org", "Mail of this Tessera arrives")
        .await;
    client
        .post("/operator/sign-up", &[("open", "yes")])
        .await
        .unwrap()
        .expect(303)
        .unwrap();
    let form = [
        ("name", "Sue"),
        ("email", "sue@example.org"),
        ("password", crate::cast::PASSWORD),
    ];
    let nobody = server.client();
    nobody.post("/sign-up", &form).await.unwrap().expect(200).unwrap();
    server.mail("sue@example.org", "http").await;
    client
        .post("/operator/sign-up", &[("open", "no")])
        .await
        .unwrap()
        .expect(303)
        .unwrap();
    let last = [("email", "owner@example.org"), ("act", "withdraw")];
    let refused = client
        .post("/operator/operators", &last)
        .await
        .unwrap()
        .expect(409)
        .unwrap();
    assert!(refused.body.contains("the last operator"));
    let named = [("email", "admin@example.org"), ("act", "add")];
    client
        .post("/operator/operators", &named)
        .await
        .unwrap()
        .expect(303)
        .unwrap();
    see(&admin.client, "/operator").await;
    client
        .post("/operator/sign-up", &[])
        .await
        .unwrap()
        .expect(422)
        .unwrap();
}

#[tokio::test]
async fn a_job_that_was_given_up_is_tried_again_and_dropped() {
    let (server, owner, _) = start().await;
    let (app, client) = (&server.running.site.app, &owner.client);
    let now = app.clock.now();
    let unreadable = NewJob {
        id: JobId::generate(&*app.clock, &*app.entropy),
        org: None,
        kind: JobKind::Mail,
        subject: None,
        payload: json!({}),
        created_at: now,
        run_at: now,
    };
    let mut tx = app.store.begin().await.unwrap();
    tx.enqueue(std::slice::from_ref(&unreadable)).await.unwrap();
    tx.commit().await.unwrap();
    let path = format!("/operator/jobs/{}", unreadable.id);
    let droppable = format!("action=\"{path}\"><input type=\"hidden\" name=\"act\" value=\"drop\">");
    let given_up = async || {
        for _ in 0..400 {
            if see(client, "/operator").await.contains(&droppable) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("it was not given up");
    };
    let act = async |act: &str| client.post(&path, &[("act", act)]).await.unwrap();
    given_up().await;
    act("nonsense").await.expect(422).unwrap();
    act("retry").await.expect(303).unwrap();
    given_up().await;
    act("drop").await.expect(303).unwrap();
    act("drop").await.expect(404).unwrap();
    assert!(see(client, "/operator").await.contains("No job fails."));
}

#[tokio::test]
async fn the_figures_name_what_operators_need() {
    let (server, owner, _) = start().await;
    see(&owner.client, "/account").await;
    let figures = see(&server.client(), "/metrics").await;
    for name in [
        "tessera_http_requests_total{",
        "tessera_http_answer_seconds_bucket{",
        "tessera_outbox_jobs{state=\"waiting\"}",
        "tessera_outbox_oldest_seconds",
        "tessera_alerts_open{kind=\"disk_low\"}",
        "tessera_database_connections{state=\"idle\"}",
        "tessera_database_up 1",
        "tessera_disk_free_bytes",
    ] {
        assert!(figures.contains(name), "{name}");
    }
    assert!(!figures.contains("owner@example.org") && !figures.contains("org_"));
}
