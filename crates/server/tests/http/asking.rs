//! Questions that many stories ask in the same words.

use reqwest::Method;
use serde_json::Value;
use tessera_testkit::http::{Answer, Client};

/// A page that must be there.
pub(crate) async fn page(client: &Client, path: &str) -> String {
    client.get(path).await.unwrap().expect(200).unwrap().body
}

/// What a form is answered with, which must have this status.
pub(crate) async fn post(client: &Client, path: &str, form: &[(&str, &str)], status: u16) -> Answer {
    client.post(path, form).await.unwrap().expect(status).unwrap()
}

/// What a script that posts JSON is answered, which must go well.
pub(crate) async fn ask(client: &Client, path: &str, body: Value) -> Value {
    let answer = client.json(Method::POST, path, &body).await.unwrap();
    answer.expect(200).unwrap().json().unwrap()
}

/// What a review page carries along in its hidden fields.
pub(crate) fn carried(page: &str) -> Vec<(String, String)> {
    let value = |tag: &str, name: &str| {
        let from = tag.find(&format!("{name}=\""))? + name.len() + 2;
        let text = &tag[from..from + tag[from..].find('"')?];
        Some(
            text.replace("&#34;", "\"")
                .replace("&#39;", "'")
                .replace("&#60;", "<")
                .replace("&#62;", ">")
                .replace("&#38;", "&"),
        )
    };
    page.split("<input type=\"hidden\"")
        .skip(1)
        .filter_map(|tag| Some((value(tag, "name")?, value(tag, "value")?)))
        .collect()
}

/// Presses *Save* on a review page.
pub(crate) async fn save_reviewed(client: &Client, org: &str, review: &str) -> Answer {
    let mut form = carried(review);
    form.push(("intent".to_owned(), "save".to_owned()));
    let form: Vec<(&str, &str)> = form
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    post(client, &format!("/o/{org}/review"), &form, 303).await
}
