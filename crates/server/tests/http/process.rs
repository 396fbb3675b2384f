//! A server's life: ready, set up once, ended without an error.

use crate::cast::{PASSWORD, TestServer, set_up};

#[tokio::test]
async fn it_is_ready_and_ends_when_it_is_told() {
    let server = TestServer::start().await;
    let client = server.client();
    client.get("/healthz").await.unwrap().expect(200).unwrap();
    client.get("/readyz").await.unwrap().expect(200).unwrap();
    let figures = client.get("/metrics").await.unwrap().expect(200).unwrap();
    assert!(figures.body.contains("tessera_http_requests_total"));
    server.running.stop().await.unwrap();
    assert!(client.get("/healthz").await.is_err());
}

#[tokio::test]
async fn the_set_up_link_works_once() {
    let server = TestServer::start().await;
    let link = server.running.setup_link.clone().unwrap();
    server.client().get(&link).await.unwrap().expect(200).unwrap();
    let weak = [
        ("name", "O"),
        ("email", "o@example.org"),
        ("password", "short"),
        ("org_name", "Example"),
    ];
    let again = server
        .client()
        .post(&link, &weak)
        .await
        .unwrap()
        .expect(422)
        .unwrap();
    assert!(again.body.contains("o@example.org"), "what was typed stays");
    set_up(&server).await;
    server.client().get(&link).await.unwrap().expect(404).unwrap();
    let form = [
        ("name", "E"),
        ("email", "e@example.org"),
        ("password", PASSWORD),
        ("org_name", "Evil"),
    ];
    server
        .client()
        .post(&link, &form)
        .await
        .unwrap()
        .expect(404)
        .unwrap();
}

#[tokio::test]
async fn a_session_is_over_when_it_is_signed_out_of() {
    let server = TestServer::start().await;
    let owner = set_up(&server).await;
    let cookie = format!(
        "tessera_session={}",
        owner.client.cookie("tessera_session").unwrap()
    );
    owner
        .client
        .post("/sign-out", &[])
        .await
        .unwrap()
        .expect(200)
        .unwrap();
    let stolen = reqwest::Client::new()
        .get(format!("{}/api/v1/me", server.base))
        .header("cookie", cookie);
    assert_eq!(stolen.send().await.unwrap().status(), 401);
    let client = server.client();
    let wrong = [
        ("email", owner.email.as_str()),
        ("password", "four wrong words here"),
        ("next", "/"),
    ];
    let refused = client
        .post("/sign-in", &wrong)
        .await
        .unwrap()
        .expect(401)
        .unwrap();
    assert!(refused.body.contains(&owner.email), "what was typed stays");
    crate::cast::sign_in(&server, &owner.email)
        .await
        .get("/api/v1/me")
        .await
        .unwrap()
        .expect(200)
        .unwrap();
}
