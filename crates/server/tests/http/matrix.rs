//! The rights matrix: every route of the table asked by everybody, and refused to whom the table refuses it.

use reqwest::Method;
use tessera_domain::{Right, Role};
use tessera_server::routes::{Access, Route, table};
use tessera_testkit::http::{Answer, Client};

use crate::cast::{Cast, Person};

/// Whoever asks, and as what they belong to the organization in the path.
struct Asker<'a> {
    name: &'static str,
    client: &'a Client,
    standing: Standing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    Anonymous,
    Outsider,
    Member(Role),
}

/// What the table says must come of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    /// Sent to sign in, or 401.
    SignIn,
    NotFound,
    Forbidden,
    /// Anything that does not speak of rights.
    LetIn,
}

fn verdict(access: Access, standing: Standing) -> Verdict {
    match (access, standing) {
        // A person is no device, whoever they are.
        (Access::Device, _)
        | (Access::SignedIn | Access::Member(_) | Access::OperatorPerson, Standing::Anonymous) => {
            Verdict::SignIn
        }
        // The first owner set the installation up; nobody else knows of the screen.
        (Access::OperatorPerson, Standing::Member(Role::Owner))
        | (Access::Public | Access::Operator | Access::SignedIn, _) => Verdict::LetIn,
        (Access::OperatorPerson, _) | (Access::Member(_), Standing::Outsider) => Verdict::NotFound,
        (Access::Member(right), Standing::Member(role)) if right.granted_to(role) => Verdict::LetIn,
        (Access::Member(_), Standing::Member(_)) => Verdict::Forbidden,
    }
}

fn path(cast: &Cast, route: &Route, target: &Person) -> String {
    let org = cast.org.to_string();
    let fill = |name: &str| match name {
        "org" => org.clone(),
        "update" => "upd_00000000000000000000000000".to_owned(),
        "comment" => "cmt_00000000000000000000000000".to_owned(),
        "reaction" => "heart".to_owned(),
        "device" => cast.device.id.to_string(),
        "member" | "account" => target.account.to_string(),
        "revision" => "1".to_owned(),
        "invitation" => "inv_00000000000000000000000000".to_owned(),
        "batch" => "batch_00000000000000000000000000".to_owned(),
        "credential" => "cred_00000000000000000000000000".to_owned(),
        "enrolment_key" => "ekey_00000000000000000000000000".to_owned(),
        "team" => "team_00000000000000000000000000".to_owned(),
        "api_token" | "token_id" => "tok_00000000000000000000000000".to_owned(),
        "endpoint" => "hook_00000000000000000000000000".to_owned(),
        "delivery" | "job" => "job_00000000000000000000000000".to_owned(),
        "operated" => "org_00000000000000000000000000".to_owned(),
        "session" => "sess_00000000000000000000000000".to_owned(),
        "digest" => "0".repeat(64),
        _ => "x".to_owned(),
    };
    let parts = route.path.split('/').map(|part| {
        part.strip_prefix('{')
            .and_then(|part| part.strip_suffix('}'))
            .map_or_else(|| part.to_owned(), fill)
    });
    parts.collect::<Vec<_>>().join("/")
}

async fn ask(client: &Client, route: &Route, path: &str) -> Answer {
    let mut request = client.request(route.method.clone(), path);
    if route.method != Method::GET {
        // Just enough of a body to come as far as the use case.
        request = match body(route) {
            Some((kind, body)) => request.header("content-type", kind).body(body),
            None => request,
        };
    }
    if route.is_stream {
        let response = request.send().await.unwrap();
        return Answer {
            status: response.status(),
            headers: response.headers().clone(),
            body: String::new(),
        };
    }
    client.send(request).await.unwrap()
}

fn body(route: &Route) -> Option<(&'static str, String)> {
    use tessera_server::routes::Body;
    match route.body {
        Body::None => None,
        Body::Form => Some(("application/x-www-form-urlencoded", String::new())),
        Body::Raw(kind) => Some((kind, "a.example\n".to_owned())),
        Body::Json(_) if route.path.ends_with("/settings") => {
            Some(("application/json", r#"{"settings":{}}"#.to_owned()))
        }
        Body::Json(_)
            if ["/websites", "/applications", "/test"]
                .iter()
                .any(|end| route.path.ends_with(end)) =>
        {
            Some(("application/json", "{}".to_owned()))
        }
        Body::Json(_) if route.path.ends_with("/invitations") => Some((
            "application/json",
            r#"{"email":"x@example.org","role":"read"}"#.to_owned(),
        )),
        Body::Json(_) if route.path.ends_with("/teams") || route.path.ends_with("/teams/{team}") => {
            Some(("application/json", r#"{"name":"Team"}"#.to_owned()))
        }
        Body::Json(_) if route.path.contains("/teams/{team}/members") => {
            Some(("application/json", r#"{"members":[]}"#.to_owned()))
        }
        Body::Json(_) if route.path.ends_with("/members") => {
            Some(("application/json", r#"{"members":[]}"#.to_owned()))
        }
        Body::Json(_) if route.path.ends_with("/transfer") => Some((
            "application/json",
            r#"{"member":"acct_00000000000000000000000000","password":"x"}"#.to_owned(),
        )),
        Body::Json(_) => Some(("application/json", r#"{"role":"read"}"#.to_owned())),
    }
}

fn seen(answer: &Answer) -> Verdict {
    let to_sign_in = answer.status == 303 && answer.location().is_some_and(|to| to.starts_with("/sign-in"));
    match answer.status.as_u16() {
        401 => Verdict::SignIn,
        _ if to_sign_in => Verdict::SignIn,
        403 => Verdict::Forbidden,
        404 => Verdict::NotFound,
        _ => Verdict::LetIn,
    }
}

/// Acts that end the asker's own session or membership come last.
fn is_farewell(route: &Route) -> bool {
    let of_people = !route.path.starts_with("/sync/");
    let ends = ["leave", "sign-out", "sessions", "password"];
    of_people && ends.iter().any(|word| route.path.contains(word))
}

#[tokio::test]
async fn the_table_holds_for_everybody() {
    let cast = Cast::assemble().await;
    let target = crate::cast::join(&cast.server, cast.org, "target", Role::Read).await;
    let save = serde_json::json!({"settings": {"features": {"telemetry": false}}});
    cast.owner
        .client
        .json(Method::PATCH, &cast.api("settings"), &save)
        .await
        .unwrap()
        .expect(200)
        .unwrap();
    let nobody = cast.server.client();
    let device = cast.server.client().with_token(&cast.device_token);
    let asker = |name, client, standing| Asker {
        name,
        client,
        standing,
    };
    let askers = [
        asker("anonymous", &nobody, Standing::Anonymous),
        asker("device", &device, Standing::Anonymous),
        asker("stranger", &cast.stranger.client, Standing::Outsider),
        asker("other org's owner", &cast.other.client, Standing::Outsider),
        asker("reader", &cast.reader.client, Standing::Member(Role::Read)),
        asker("writer", &cast.writer.client, Standing::Member(Role::Write)),
        asker("admin", &cast.admin.client, Standing::Member(Role::Admin)),
        asker("owner", &cast.owner.client, Standing::Member(Role::Owner)),
    ];
    let mut routes = table();
    routes.sort_by_key(|route| (is_farewell(route), route.method != Method::GET));
    let mut wrong = Vec::new();
    for refusing in [true, false] {
        for route in &routes {
            for asker in &askers {
                let wanted = match (asker.name, route.access) {
                    ("device", Access::Device) => Verdict::LetIn,
                    // A wrong token is worse than none.
                    ("device", Access::Operator) => Verdict::SignIn,
                    _ => verdict(route.access, asker.standing),
                };
                let skipped = route.access == Access::Public && asker.standing != Standing::Anonymous;
                if skipped || (wanted != Verdict::LetIn) != refusing {
                    continue;
                }
                let path = path(&cast, route, &target);
                let got = seen(&ask(asker.client, route, &path).await);
                // Past the gate, a thing may be missing, or the use case may weigh who it is done to.
                let fine = got == wanted || (wanted == Verdict::LetIn && is_about_things(route, got));
                if !fine {
                    wrong.push(format!(
                        "{} {} by {}: wanted {wanted:?}, got {got:?}",
                        route.method, route.path, asker.name
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn is_about_things(route: &Route, got: Verdict) -> bool {
    // A picture may be missing without being named.
    let names_a_thing = route.path_names().any(|name| name != "org") || route.path == "/api/v1/me/avatar";
    let weighs = matches!(route.access, Access::Member(Right::Leave)) || is_farewell(route);
    match got {
        // An organization that was not deleted is none that can be restored.
        Verdict::NotFound => {
            names_a_thing || weighs || matches!(route.access, Access::Device | Access::SignedIn)
        }
        Verdict::SignIn => weighs,
        Verdict::Forbidden => route.access == Access::SignedIn,
        Verdict::LetIn => true,
    }
}
