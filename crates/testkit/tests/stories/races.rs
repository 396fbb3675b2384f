//! Two at once: one wins, the other is told, and what must never happen does not.

use reqwest::Method;
use serde_json::json;
use tessera_testkit::actors::{PASSWORD, Person};
use tessera_testkit::database::engines;
use tessera_testkit::http::{Answer, Client};
use tessera_testkit::server::{Options, World};

#[tokio::test(flavor = "multi_thread")]
async fn two_owners_who_demote_each_other_leave_one() -> anyhow::Result<()> {
    for engine in engines() {
        let world = World::new(engine).await?;
        let bo = world
            .brings_in("Bo Larsen", "bo@meridian.example", "owner")
            .await?;
        let ada_id = account(&world.owner, "ada").await?;
        let bo_id = account(&world.owner, "bo").await?;
        for _ in 0..5 {
            let (one, other) = tokio::join!(demote(&world.owner, &bo_id), demote(&bo, &ada_id),);
            let (one, other) = (one?, other?);
            assert!((one == 204) != (other == 204), "{engine:?}: {one} {other}");
            let listed = world
                .owner
                .http
                .get(&world.owner.api("/members?role=owner"))
                .await?
                .expect(200)?
                .json()?;
            assert_eq!(listed["total"], 1, "{engine:?}: {listed}");
            let (winner, loser) = if one == 204 {
                (&world.owner, &bo_id)
            } else {
                (&bo, &ada_id)
            };
            let again = json!({ "role": "owner" });
            let path = winner.api(&format!("/members/{loser}"));
            winner
                .http
                .json(Method::PATCH, &path, &again)
                .await?
                .expect(204)?;
        }
        world.server.stop().await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn two_invitations_for_the_last_seat_hold_it_once() -> anyhow::Result<()> {
    for engine in engines() {
        let options = Options {
            seats: Some(2),
            ..Options::default()
        };
        let world = World::with(engine, options).await?;
        let invite = |email: &'static str| {
            let body = json!({ "email": email, "role": "read" });
            let path = world.owner.api("/invitations");
            let http = &world.owner.http;
            async move { anyhow::Ok(http.json(Method::POST, &path, &body).await?.status.as_u16()) }
        };
        let (one, other) = tokio::join!(invite("one@meridian.example"), invite("other@meridian.example"));
        let statuses = [one?, other?];
        assert_eq!(
            statuses.iter().filter(|status| **status == 201).count(),
            1,
            "{engine:?}: {statuses:?}"
        );
        world.server.stop().await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn two_who_accept_one_invitation_take_one_seat() -> anyhow::Result<()> {
    for engine in engines() {
        let world = World::new(engine).await?;
        let link = world.invitation("mei@meridian.example", "read").await?;
        let token = link.rsplit('/').next().unwrap_or_default();
        let form = [
            ("invitation", token),
            ("name", "Mei"),
            ("email", "mei@meridian.example"),
            ("password", PASSWORD),
        ];
        let (here, there) = (Client::new(world.base())?, Client::new(world.base())?);
        let (one, other) = tokio::join!(here.post("/sign-up", &form), there.post("/sign-up", &form));
        one?;
        other?;
        Person::sign_in(&world.base(), "mei@meridian.example").await?;
        let members = world
            .owner
            .http
            .get(&world.owner.api("/members"))
            .await?
            .expect(200)?
            .json()?;
        assert_eq!(members["total"], 2, "{engine:?}: {members}");
        world.server.stop().await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn two_admins_who_save_at_once_lose_nothing() -> anyhow::Result<()> {
    for engine in engines() {
        let world = World::new(engine).await?;
        let seen = world
            .owner
            .save(json!({ "features": { "telemetry": false } }))
            .await?;
        let save = |leaf: &'static str| {
            let body = json!({ "settings": { "features": { leaf: false } } });
            let request = world
                .owner
                .http
                .request(Method::PATCH, &world.owner.api("/settings"));
            let request = request.header("if-match", format!("\"{seen}\"")).json(&body);
            world.owner.http.send(request)
        };
        let (one, other) = tokio::join!(save("cloud_backups"), save("cloud_sharing"));
        let answers = [one?, other?];
        let mut statuses = answers.each_ref().map(|answer| answer.status.as_u16());
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409], "{engine:?}");
        let refused = answers
            .iter()
            .find(|answer| answer.status == 409)
            .map(Answer::json);
        let refused = refused.transpose()?.unwrap_or_default();
        assert_eq!(refused["current"]["revision"], seen + 1, "{engine:?}: {refused}");
        world.server.stop().await?;
    }
    Ok(())
}

async fn demote(by: &Person, who: &str) -> anyhow::Result<u16> {
    let path = by.api(&format!("/members/{who}"));
    Ok(by
        .http
        .json(Method::PATCH, &path, &json!({ "role": "admin" }))
        .await?
        .status
        .as_u16())
}

async fn account(person: &Person, query: &str) -> anyhow::Result<String> {
    let listed = person
        .http
        .get(&person.api(&format!("/members?q={query}")))
        .await?
        .expect(200)?
        .json()?;
    Ok(listed["members"][0]["id"].as_str().unwrap_or_default().to_owned())
}
