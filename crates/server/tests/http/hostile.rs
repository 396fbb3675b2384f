//! What attackers, broken clients and confused proxies send.

use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, COOKIE, HOST, ORIGIN};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::cast::{Cast, TestServer, set_up};

#[tokio::test]
async fn bodies_that_are_no_bodies_are_refused_with_a_reason() {
    let cast = Cast::assemble().await;
    let (owner, path) = (&cast.owner.client, cast.api("settings"));
    let deep = format!("{{\"settings\":{}{}}}", "[".repeat(10_000), "]".repeat(10_000));
    let cases: Vec<(&str, Vec<u8>, u16)> = vec![
        ("application/json", b"{".to_vec(), 422),
        ("application/json", b"\xff\xfe".to_vec(), 422),
        ("application/json", deep.into_bytes(), 422),
        (
            "application/json",
            br#"{"settings":{},"note":"a\u0000b"}"#.to_vec(),
            422,
        ),
        (
            "application/json",
            br#"{"settings":{},"surprise":1}"#.to_vec(),
            422,
        ),
        ("text/plain", b"{}".to_vec(), 415),
        ("application/json", vec![b' '; 17 * 1024 * 1024], 413),
    ];
    for (kind, body, status) in cases {
        let shown = String::from_utf8_lossy(&body[..body.len().min(40)]).into_owned();
        let request = owner
            .request(Method::PATCH, &path)
            .header(CONTENT_TYPE, kind)
            .body(body);
        let answer = owner.send(request).await.unwrap();
        assert_eq!(answer.status.as_u16(), status, "{kind} {shown}: {}", answer.body);
        assert_eq!(answer.header("content-type"), Some("application/problem+json"));
        assert!(answer.json().unwrap()["request_id"].is_string());
    }
    let nothing = owner.get(&path).await.unwrap().json().unwrap();
    assert_eq!(nothing["revision"], 0, "nothing of it was saved");
}

#[tokio::test]
async fn forms_that_are_no_text_are_refused() {
    let server = TestServer::start().await;
    for body in [
        "email=%00&password=x",
        "email=%ff",
        "email=a%40b.example&password=%c3%28",
    ] {
        let client = server.client();
        let request = client
            .request(Method::POST, "/sign-in")
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        let answer = client.send(request.body(body)).await.unwrap();
        assert_eq!(answer.status.as_u16(), 422, "{body}");
    }
}

#[tokio::test]
async fn a_request_of_another_site_changes_nothing() {
    let server = TestServer::start().await;
    let owner = set_up(&server).await;
    let cookie = format!(
        "tessera_session={}",
        owner.client.cookie("tessera_session").unwrap()
    );
    let post = || {
        reqwest::Client::new()
            .post(format!("{}/organizations/new", server.base))
            .header(COOKIE, &cookie)
            .form(&[("name", "Evil")])
    };
    let cases = [
        (post(), 403),
        (post().header(ORIGIN, "https://evil.example"), 403),
        (post().header(ORIGIN, "null"), 403),
        (
            post()
                .header("sec-fetch-site", "cross-site")
                .header(ORIGIN, &server.base),
            403,
        ),
        (post().header("sec-fetch-site", "same-site"), 403),
    ];
    for (request, status) in cases {
        assert_eq!(request.send().await.unwrap().status().as_u16(), status);
    }
    let me = owner.client.get("/api/v1/me").await.unwrap().json().unwrap();
    assert_eq!(me["organizations"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn the_host_header_makes_no_link() {
    let server =
        TestServer::start_with("public_url = 'https://tessera.example'\ntrusted_proxies = ['127.0.0.1']")
            .await;
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let hostile = || {
        client
            .get(format!("{}/openapi.json", server.base))
            .header(HOST, "evil.example")
            .header("x-forwarded-host", "evil.example")
    };
    let document = hostile().send().await.unwrap().text().await.unwrap();
    assert!(document.contains("https://tessera.example") && !document.contains("evil"));
    assert!(
        server
            .running
            .setup_link
            .as_ref()
            .unwrap()
            .starts_with("https://tessera.example/setup/")
    );
    let signed_out = client
        .get(format!("{}/", server.base))
        .header(HOST, "evil.example")
        .send()
        .await
        .unwrap();
    assert_eq!(signed_out.headers()["location"], "/sign-in");
    assert_eq!(
        signed_out.headers()["strict-transport-security"],
        "max-age=31536000"
    );
}

#[tokio::test]
async fn answers_carry_the_headers_that_bind_browsers_and_errors_tell_nothing_internal() {
    let server = TestServer::start().await;
    let client = server.client();
    let page = client.get("/no/such/page").await.unwrap().expect(404).unwrap();
    assert!(
        page.header("content-security-policy")
            .unwrap()
            .contains("default-src 'self'")
    );
    assert!(
        page.header("content-security-policy")
            .unwrap()
            .contains("frame-ancestors 'none'")
    );
    assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
    assert!(page.header("content-type").unwrap().starts_with("text/html"));
    for word in ["panicked", "src/", "sqlx", "tessera_"] {
        assert!(!page.body.contains(word), "{word}");
    }
    let problem = client.get("/api/v1/nothing").await.unwrap().expect(404).unwrap();
    assert_eq!(problem.header("content-type"), Some("application/problem+json"));
    let method = client
        .send(client.request(Method::DELETE, "/api/v1/me"))
        .await
        .unwrap()
        .expect(405)
        .unwrap();
    assert_eq!(method.header("content-type"), Some("application/problem+json"));
    assert!(method.header("allow").is_some());
}

#[tokio::test]
async fn a_credential_of_one_kind_opens_no_other_door() {
    let cast = Cast::assemble().await;
    let token = cast.server.client().with_token(&cast.device_token);
    token.get("/api/v1/me").await.unwrap().expect(401).unwrap();
    let cookie = cast.owner.client.cookie("tessera_session").unwrap();
    let as_bearer = cast.server.client().with_token(&cookie);
    as_bearer.get("/api/v1/me").await.unwrap().expect(401).unwrap();
    as_bearer
        .get("/sync/v1/manifest")
        .await
        .unwrap()
        .expect(401)
        .unwrap();
    as_bearer.get("/metrics").await.unwrap().expect(401).unwrap();
    cast.server
        .client()
        .get("/metrics")
        .await
        .unwrap()
        .expect(200)
        .unwrap();
}

#[tokio::test]
async fn behind_a_proxy_guesses_are_paced_by_the_client_that_makes_them() {
    let server =
        TestServer::start_with("public_url = 'https://tessera.example'\ntrusted_proxies = ['127.0.0.1']")
            .await;
    let client = reqwest::Client::new();
    let ask = |address: &'static str| {
        client
            .post(format!("{}/forgot-password", server.base))
            .header("x-forwarded-for", address)
            .form(&[("email", "nobody")])
            .send()
    };
    let mut refused = None;
    for _ in 0..60 {
        let answer = ask("192.0.2.7").await.unwrap();
        if answer.status() == 429 {
            refused = Some(answer);
            break;
        }
    }
    assert!(refused.unwrap().headers().contains_key("retry-after"));
    assert_eq!(ask("192.0.2.8").await.unwrap().status(), 422);
}

/// Sends bytes as they are and reads what comes back.
async fn raw(server: &TestServer, bytes: &[u8]) -> String {
    let mut stream = tokio::net::TcpStream::connect(server.running.address)
        .await
        .unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    // A server that hangs up early resets the line; what it said before counts.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn heads_that_are_too_large_or_broken_are_refused() {
    let server = TestServer::start().await;
    let long = format!(
        "GET /{} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
        "a".repeat(5_000)
    );
    assert!(raw(&server, long.as_bytes()).await.starts_with("HTTP/1.1 414"));
    let many = format!("GET / HTTP/1.1\r\n{}\r\n", "x: y\r\n".repeat(100));
    assert!(raw(&server, many.as_bytes()).await.starts_with("HTTP/1.1 431"));
    let wide = format!("GET / HTTP/1.1\r\nx: {}\r\n\r\n", "y".repeat(20_000));
    assert!(raw(&server, wide.as_bytes()).await.starts_with("HTTP/1.1 431"));
    assert!(
        raw(&server, b"\x16\x03\x01\x02\x00\x01\r\n\r\n")
            .await
            .starts_with("HTTP/1.1 400")
    );
}
