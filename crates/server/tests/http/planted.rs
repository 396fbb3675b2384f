//! Stored cross-site scripting: a text that breaks out of HTML is planted in every field that people and machines can
//! fill. Then every page of the route table is read as a browser reads it, by several readers, and nothing may act.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, USER_AGENT};
use serde_json::{Value, json};
use tessera_server::routes::{Body, Route, table};
use tessera_testkit::harmless::{PLANTED, PLANTED_ADDRESS, harm};
use tessera_testkit::http::{Answer, Client};

use crate::cast::{Cast, PASSWORD, Person, enrol};

/// Pages that must show what was planted; were they not to, the suite would prove nothing.
const SHOWING: &[&str] = &[
    "/account",
    "/o/{org}",
    "/o/{org}/devices",
    "/o/{org}/devices/enrolment-keys",
    "/o/{org}/jump",
    "/o/{org}/members/{member}/tighten",
    "/o/{org}/memory/applications",
    "/o/{org}/memory/applications/edit",
    "/o/{org}/memory/applications/seen",
    "/o/{org}/memory/test",
    "/o/{org}/my-settings",
    "/o/{org}/teams/{team}/settings",
    "/o/{org}/members",
    "/o/{org}/members/{member}",
    "/o/{org}/models/keys",
    "/o/{org}/models",
    "/o/{org}/models/custom",
    "/o/{org}/rollouts/{revision}",
    "/o/{org}/settings",
    "/o/{org}/settings/alerts",
    "/o/{org}/settings/alerts/endpoints/{endpoint}",
    "/operator",
    "/o/{org}/settings/audit",
    "/o/{org}/settings/history",
    "/o/{org}/settings/teams",
    "/o/{org}/teams/{team}",
    "/o/{org}/updates",
    "/o/{org}/settings/policy",
    "/o/{org}/settings/features",
];

/// Names that our pages read from the query, each filled with what was planted.
const QUERY: &[&str] = &[
    "provider",
    "what",
    "kind",
    "whom",
    "list",
    "name",
    "bundle_id",
    "q",
    "role",
    "team",
    "tag",
    "author",
    "after",
    "sort",
    "device",
    "next",
    "copy",
    "country",
    "state",
    "tab",
    "key",
    "action",
    "actor",
    "since",
    "until",
    "filter",
    "from",
    "to",
    "edit",
];

/// Names that our forms send.
const FORM: &[&str] = &[
    "policy",
    "layer",
    "section",
    "app_name",
    "bundle_id",
    "exe",
    "set_app",
    "remove_app",
    "memory.event_model",
    "layer",
    "list",
    "name",
    "email",
    "org_name",
    "title",
    "body",
    "tags",
    "comment",
    "text",
    "note",
    "role",
    "team",
    "website",
    "add",
    "code",
    "password",
    "contact_name",
    "contact_email",
    "phone",
    "street",
    "city",
    "state",
    "postal_code",
    "token_name",
    "addresses",
    "key",
    "organization",
    "base_url",
    "delivery",
    "provider",
    "model",
    "rule",
    "member",
    "domain",
    "max_uses",
    "context_window",
    "label",
    "models.managed",
    "models.allowed/openai",
    "part",
    "reach_percents",
    "reach_bake",
    "reach_limit",
    "url",
    "kind",
    "silent_days",
    "overlap",
    "seats",
    "act",
    "expires",
];

/// Everything that was planted, by the name that paths give it.
type Ids = BTreeMap<&'static str, String>;

#[tokio::test]
async fn what_people_type_never_acts() {
    let cast = Cast::assemble().await;
    let ids = plant(&cast).await;
    let nobody = cast.server.client();
    let readers = [
        ("owner", &cast.owner.client),
        ("reader", &cast.reader.client),
        ("nobody", &nobody),
    ];
    let (mut wrong, mut showing) = (Vec::new(), BTreeSet::new());
    for route in table().iter().filter(|route| is_asked(route, &Method::GET)) {
        for (name, reader) in readers {
            for query in [String::new(), query()] {
                let answer = reader
                    .get(&format!("{}{query}", fill(route, &ids)))
                    .await
                    .unwrap();
                if answer.body.contains("&#60;planted-x") || answer.body.contains("&lt;planted-x") {
                    showing.insert(route.path);
                }
                wrong.extend(complaints(
                    &answer,
                    &format!("GET {}{query} by {name}", route.path),
                ));
            }
        }
    }
    // What is sent back with an error is echoed too. This may change anything, so it comes last.
    for route in table().iter().filter(|route| is_asked(route, &Method::POST)) {
        let form: Vec<(&str, &str)> = FORM.iter().map(|name| (*name, PLANTED)).collect();
        let answer = cast.owner.client.post(&fill(route, &ids), &form).await.unwrap();
        wrong.extend(complaints(&answer, &format!("POST {}", route.path)));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let silent: Vec<_> = SHOWING.iter().filter(|path| !showing.contains(**path)).collect();
    assert!(
        silent.is_empty(),
        "these pages should show what was planted: {silent:?}"
    );
}

#[tokio::test]
async fn what_is_previewed_and_uploaded_never_acts() {
    let cast = Cast::assemble().await;
    let owner = &cast.owner.client;
    let csv = format!(
        "email,role,teams\n\"{}\",read,\nada@example.org,\"{0}\",\n",
        PLANTED.replace('"', "\"\"")
    );
    let pages = [
        (format!("/o/{}/memory/websites/import", cast.org), csv.clone()),
        (format!("/o/{}/members/invite", cast.org), csv.clone()),
    ];
    for (path, text) in pages {
        let answer = upload(owner, &path, &text).await;
        assert_eq!(complaints(&answer, &path), Vec::<String>::new());
    }
    let request = owner.request(Method::POST, &cast.api("invitations/preview"));
    let request = request.header(CONTENT_TYPE, "text/csv").body(csv);
    let answer = owner.send(request).await.unwrap().expect(200).unwrap();
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
}

/// Fills every field that there is.
async fn plant(cast: &Cast) -> Ids {
    for person in [&cast.owner, &cast.admin, &cast.writer, &cast.reader] {
        send(
            &person.client,
            Method::PATCH,
            "/api/v1/me",
            json!({ "name": PLANTED }),
        )
        .await;
    }
    let profile = json!({
        "name": PLANTED, "contact_name": PLANTED, "street": PLANTED, "city": PLANTED, "state": PLANTED,
    });
    let owner = &cast.owner.client;
    send(owner, Method::PATCH, cast.api("").trim_end_matches('/'), profile).await;
    let team = send(
        owner,
        Method::POST,
        &cast.api("teams"),
        json!({ "name": PLANTED }),
    )
    .await;
    let team = id(&team);
    let update = post_update(cast, &team).await;
    let invitation = json!([{ "email": "guest@example.org", "role": "read", "teams": [team] }]);
    send(owner, Method::POST, &cast.api("invitations"), invitation).await;
    let custom = json!({ "set": { "house/planted-x": { "title": PLANTED, "label": PLANTED } } });
    let settings = json!({ "features": { "telemetry": false }, "models": { "custom": custom } });
    // In stages, so that the page of its rollout names the team.
    let stages = json!({ "stages": [{ "teams": [team], "bake_minutes": 60 }] });
    let save = json!({ "settings": settings, "note": PLANTED, "rollout": stages });
    send(owner, Method::PATCH, &cast.api("settings"), save).await;
    let row = json!({ "name": PLANTED, "identifiers": [format!("exe:{PLANTED}")], "blocked": true });
    for layer in ["org".to_owned(), team.clone(), cast.reader.account.to_string()] {
        let planted = json!({ "set": { "planted": row }, "layer": layer, "note": PLANTED, "purge": true });
        send(owner, Method::POST, &cast.api("memory/applications"), planted).await;
    }
    let key = json!({
        "name": PLANTED, "provider": "openai", "teams": [team], "secret": { "key": "sk-0123456789-0123456789" },
    });
    let key = id(&send(owner, Method::POST, &cast.api("credentials"), key).await);
    let hook = json!({ "name": PLANTED, "format": "slack", "url": "https://hooks.example/x" });
    let hook = id(&send(owner, Method::POST, &cast.api("alerts/endpoints"), hook).await);
    let enrolment_key = json!({ "name": PLANTED, "rule": "told" });
    let enrolment_key = id(&send(owner, Method::POST, &cast.api("enrolment-keys"), enrolment_key).await);
    let file =
        json!({ "policy": format!("# {PLANTED}\n[features]\ntelemetry = false\n"), "source": PLANTED });
    send(owner, Method::POST, &cast.api("policy/apply"), file).await;
    owner
        .post("/account/tokens", &[("token_name", PLANTED)])
        .await
        .unwrap();
    let device = enrol(&cast.server, cast.org, cast.owner.account, PLANTED).await;
    let token = device.token().await.unwrap();
    let seen = json!({ "applications": [{ "name": PLANTED, "rules": ["exe:never-listed"] }] });
    device
        .tell_seen(&token, &seen)
        .await
        .unwrap()
        .expect(204)
        .unwrap();
    be_seen_with_an_odd_browser(cast, &cast.owner).await;
    Ids::from([
        ("org", cast.org.to_string()),
        ("team", team),
        ("credential", key),
        ("endpoint", hook),
        ("enrolment_key", enrolment_key),
        ("update", update),
        ("device", device.id.to_string()),
        ("member", cast.reader.account.to_string()),
        ("account", cast.reader.account.to_string()),
        ("revision", "1".to_owned()),
        ("guide", PLANTED_ADDRESS.to_owned()),
    ])
}

async fn post_update(cast: &Cast, team: &str) -> String {
    let markdown = format!(
        "{PLANTED}\n\n[link]({PLANTED_ADDRESS}) ![picture](https://evil.example/pixel.png)\n\n\
         <script>planted()</script><svg><animate onbegin=planted()></svg>\n\n<{PLANTED_ADDRESS}>"
    );
    let posted = json!({ "title": PLANTED, "body": markdown, "tags": ["feature"] });
    let of_team = json!({ "title": PLANTED, "body": markdown, "tags": [], "team": team });
    let writer = &cast.writer.client;
    send(&cast.owner.client, Method::POST, &cast.api("updates"), of_team).await;
    let update = id(&send(writer, Method::POST, &cast.api("updates"), posted).await);
    let comments = cast.api(&format!("updates/{update}/comments"));
    send(writer, Method::POST, &comments, json!({ "text": markdown })).await;
    update
}

/// Signs in with a browser whose name is the planted text, as the list of sessions shows it.
async fn be_seen_with_an_odd_browser(cast: &Cast, person: &Person) {
    let client = cast.server.client();
    let form = [
        ("email", person.email.as_str()),
        ("password", PASSWORD),
        ("next", "/"),
    ];
    let request = client.request(Method::POST, "/sign-in").form(&form);
    let answer = client.send(request.header(USER_AGENT, PLANTED)).await.unwrap();
    answer.expect(303).unwrap();
}

async fn send(client: &Client, method: Method, path: &str, body: Value) -> Value {
    let answer = client.json(method, path, &body).await.unwrap();
    let answer = answer
        .expect_done()
        .unwrap_or_else(|error| panic!("{path} {body}: {error}"));
    answer.json().unwrap_or_default()
}

fn id(answer: &Value) -> String {
    answer["id"].as_str().expect("what was made has an id").to_owned()
}

/// A file as a form sends it, named as badly as its content.
async fn upload(client: &Client, path: &str, text: &str) -> Answer {
    let body = format!(
        "--edge\r\nContent-Disposition: form-data; name=\"intent\"\r\n\r\npreview\r\n\
         --edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"<planted-x onclick=p()>.csv\"\r\n\
         Content-Type: text/csv\r\n\r\n{text}\r\n--edge--\r\n"
    );
    let request = client.request(Method::POST, path);
    let request = request.header(CONTENT_TYPE, "multipart/form-data; boundary=edge");
    let answer = client.send(request.body(body)).await.unwrap();
    match answer.location().map(str::to_owned) {
        Some(to) => client.get(&to).await.unwrap(),
        None => answer,
    }
}

fn query() -> String {
    let pairs: Vec<_> = QUERY.iter().map(|name| (*name, PLANTED)).collect();
    let mut url = reqwest::Url::parse("http://localhost/").unwrap();
    url.query_pairs_mut().extend_pairs(pairs);
    format!("?{}", url.query().unwrap_or_default())
}

/// Pages; not what programs ask, not endless streams, and nothing that ends the reader's own session.
fn is_asked(route: &Route, method: &Method) -> bool {
    let is_page = !["/api/", "/sync/", "/assets/"]
        .iter()
        .any(|other| route.path.starts_with(other));
    let is_form = *method == Method::GET || matches!(route.body, Body::Form);
    let ends = [
        "sign-out",
        "revoke",
        "/account/delete",
        "/leave",
        "/transfer",
        "password",
    ];
    let is_end = *method != Method::GET && ends.iter().any(|word| route.path.contains(word));
    route.method == *method && is_page && is_form && !is_end && !route.is_stream
}

fn fill(route: &Route, ids: &Ids) -> String {
    let part = |part: &str| {
        let name = part.strip_prefix('{').and_then(|part| part.strip_suffix('}'));
        name.map_or_else(
            || part.to_owned(),
            |name| ids.get(name).cloned().unwrap_or_else(|| "x".to_owned()),
        )
    };
    route.path.split('/').map(part).collect::<Vec<_>>().join("/")
}

fn complaints(answer: &Answer, what: &str) -> Vec<String> {
    let is_page = answer
        .header("content-type")
        .is_some_and(|kind| kind.starts_with("text/html"));
    let mut found = if is_page { harm(&answer.body) } else { Vec::new() };
    if answer.header("x-content-type-options") != Some("nosniff") {
        found.push("the browser may guess what it is".to_owned());
    }
    let policy = answer.header("content-security-policy").unwrap_or_default();
    if is_page && (!policy.contains("default-src 'self'") || policy.contains("unsafe")) {
        found.push(format!("its policy is {policy:?}"));
    }
    if answer.status.is_server_error() {
        found.push(format!("it failed: {} {}", answer.status, answer.gist()));
    }
    found.into_iter().map(|harm| format!("{what}: {harm}")).collect()
}
