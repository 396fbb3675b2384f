//! The OpenAPI document, written from the route table. Pages are not in it: they are for people.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::describe::{Body, Described, Reply};
use super::route::{Access, Route};

/// The document for programs: the API, the sync protocol and the probes.
pub fn document(public_url: &str) -> Value {
    let mut schemas = BTreeMap::new();
    let mut paths: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    for route in super::table()
        .iter()
        .filter(|route| route.reply.is_described() && !is_portal(route.path))
    {
        let operation = operation(route, &mut schemas);
        paths
            .entry(route.path)
            .or_default()
            .insert(route.method.as_str().to_lowercase(), operation);
    }
    schemas.insert("Problem".to_owned(), problem());
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Tessera",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "An organization's decisions about AI, carried to every member's machine, obeyed there, and proven.",
            "license": {"name": "MIT OR Apache-2.0"},
        },
        "servers": [{"url": public_url.trim_end_matches('/')}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "A personal access token."},
                "device": {"type": "http", "scheme": "bearer", "description": "A device's access token, from /sync/v1/token."},
                "operator": {"type": "http", "scheme": "bearer", "description": "The operator's token; not needed from this machine."},
            },
        },
    })
}

fn is_portal(path: &str) -> bool {
    ![
        "/api/",
        "/sync/",
        "/healthz",
        "/readyz",
        "/metrics",
        "/openapi.json",
    ]
    .iter()
    .any(|prefix| path.starts_with(prefix))
}

fn operation(route: &Route, schemas: &mut BTreeMap<String, Value>) -> Value {
    let mut operation = json!({
        "summary": route.summary,
        "operationId": operation_id(route),
        "tags": [route.path.split('/').nth(1).unwrap_or_default()],
        "parameters": parameters(route),
        "responses": responses(route, schemas),
        "security": security(route.access),
    });
    if let Access::Member(right) = route.access {
        operation["description"] = json!(format!(
            "Needs membership with the right to {right} ({} or more).",
            right.least().title()
        ));
    }
    let content = match route.body {
        Body::Json(described) => json!({"application/json": {"schema": reference(described, schemas)}}),
        Body::Raw(media_type) => json!({media_type: {"schema": {"type": "string"}}}),
        Body::Form => json!({"application/x-www-form-urlencoded": {"schema": {"type": "object"}}}),
        Body::None => return operation,
    };
    operation["requestBody"] = json!({"required": true, "content": content});
    operation
}

fn operation_id(route: &Route) -> String {
    let words = route
        .path
        .split(['/', '{', '}', '.', '-'])
        .filter(|word| !word.is_empty());
    words.fold(route.method.as_str().to_lowercase(), |id, word| {
        format!("{id}_{word}")
    })
}

fn parameters(route: &Route) -> Vec<Value> {
    let in_path = route.path_names().map(|name| {
        json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}, "description": path_text(name)})
    });
    let said = route.says.iter().map(|say| {
        json!({"name": say.name, "in": say.place, "required": false, "schema": {"type": "string"}, "description": say.text})
    });
    in_path.chain(said).collect()
}

fn path_text(name: &str) -> &'static str {
    match name {
        "org" => "The organization's id, `org_…`.",
        "device" => "The device's id, `dev_…`.",
        "revision" => "The revision's number, from 1.",
        "member" | "account" => "The member's account id, `acct_…`.",
        "invitation" => "The invitation's id, `inv_…`.",
        "team" => "The team's id, `team_…`.",
        "digest" => "The blob's SHA-256 in 64 lower-case hexadecimal digits.",
        "credential" => "The key's id, `cred_…`.",
        "endpoint" => "The endpoint's id, `hook_…`.",
        "delivery" | "job" => "The job's id, `job_…`.",
        "session" => "The session's id, `sess_…`.",
        "api_token" => "The token's id, `tok_…`.",
        _ => "Part of the path.",
    }
}

fn responses(route: &Route, schemas: &mut BTreeMap<String, Value>) -> Value {
    let mut responses = Map::new();
    let (status, wanted) = match route.reply {
        Reply::Json(status, described) => (
            status,
            json!({"description": "Done.", "content": {"application/json": {"schema": reference(described, schemas)}}}),
        ),
        Reply::Raw(status, media_type) => (
            status,
            json!({"description": "Done.", "content": {media_type: {"schema": {"type": "string"}}}}),
        ),
        Reply::Empty(status) => (status, json!({"description": "Done; there is nothing to say."})),
        Reply::Page => return Value::Object(responses),
    };
    responses.insert(status.as_str().to_owned(), wanted);
    for (status, text) in refusals(route) {
        let content =
            json!({"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}});
        responses.insert(
            status.to_owned(),
            json!({"description": text, "content": content}),
        );
    }
    Value::Object(responses)
}

fn refusals(route: &Route) -> Vec<(&'static str, &'static str)> {
    let mut refusals = vec![
        ("429", "Too many requests; `Retry-After` says when to come back."),
        ("503", "Something that Tessera needs does not answer now."),
    ];
    if route.access != Access::Public {
        refusals.push(("401", "The credential is missing, unknown or expired."));
    }
    if matches!(route.access, Access::Member(_)) {
        refusals.push(("403", "The member's role does not allow this."));
        refusals.push(("404", "There is no such thing, or the caller may not know of it."));
    }
    if !matches!(route.body, Body::None) {
        refusals.push(("413", "The body is too large."));
        refusals.push(("415", "The body has another content type."));
        refusals.push(("422", "The body breaks a rule; `errors` points at each field."));
    }
    if matches!(route.access, Access::Member(_)) && !matches!(route.body, Body::None) {
        refusals.push((
            "409",
            "The race with the current state was lost; `current` holds it.",
        ));
    }
    refusals
}

fn security(access: Access) -> Value {
    match access {
        Access::Public => json!([]),
        Access::SignedIn | Access::Member(_) | Access::OperatorPerson => json!([{"token": []}]),
        Access::Device => json!([{"device": []}]),
        Access::Operator => json!([{"operator": []}, {}]),
    }
}

fn reference(described: Described, schemas: &mut BTreeMap<String, Value>) -> Value {
    for (name, schema) in (described.schemas)() {
        schemas
            .entry(name)
            .or_insert_with(|| serde_json::to_value(schema).unwrap_or_default());
    }
    json!({"$ref": format!("#/components/schemas/{}", (described.name)())})
}

fn problem() -> Value {
    json!({
        "type": "object",
        "description": "A refusal, as RFC 9457 writes it.",
        "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": {"type": "string"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string", "description": "What happened and what to do, for a person."},
            "request_id": {"type": "string", "description": "Names the request in the server's log."},
            "errors": {"type": "array", "items": {"type": "object", "required": ["pointer", "detail"], "properties": {
                "pointer": {"type": "string", "description": "JSON pointer to the field."},
                "detail": {"type": "string"},
            }}},
            "current": {"description": "With 409: the present state."},
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every `$ref` in the document, wherever it stands.
    fn references(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(map) => map.iter().for_each(|(key, value)| match value {
                Value::String(target) if key == "$ref" => found.push(target.clone()),
                value => references(value, found),
            }),
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            _ => {}
        }
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let document = document("https://tessera.example/");
        let mut found = Vec::new();
        references(&document, &mut found);
        for target in found {
            let pointer = target.strip_prefix('#').unwrap();
            assert!(document.pointer(pointer).is_some(), "{target}");
        }
    }

    #[test]
    fn every_route_for_programs_is_in_it_under_its_own_name() {
        let document = document("https://tessera.example/");
        let mut ids = std::collections::HashSet::new();
        for route in super::super::table()
            .iter()
            .filter(|route| !is_portal(route.path))
        {
            let operation = &document["paths"][route.path][route.method.as_str().to_lowercase()];
            assert!(
                ids.insert(operation["operationId"].as_str().unwrap().to_owned()),
                "{}",
                route.path
            );
        }
    }
}
