//! The portal and the device explain every setting alike, whatever the layers say.

use reqwest::Method;
use serde_json::{Map, Value, json};
use tessera_policy::{Explanation, Kind, LayerName, Leaf, RowKind, Strictness};
use tessera_testkit::agents::TestAgent;
use tessera_testkit::database::engines;
use tessera_testkit::server::World;

/// How many generated sets of documents are compared on each engine.
const ROUNDS: u64 = 12;

#[tokio::test(flavor = "multi_thread")]
async fn portal_and_device_explain_generated_documents_alike() -> anyhow::Result<()> {
    for engine in engines() {
        let world = World::new(engine).await?;
        let (agent, code) = TestAgent::start(&world.base(), "ada-macbook").await?;
        world.owner.approve(&code).await?;
        let ada = me(&world).await?;
        let layers = [
            "org".to_owned(),
            team(&world, "Finance", &ada).await?,
            team(&world, "Research", &ada).await?,
            ada,
        ];
        let (mut spoken, mut tightened) = (0, 0);
        for round in 0..ROUNDS {
            let mut dice = Dice(round * 7919 + 17);
            let mut revision = 0;
            for layer in &layers {
                revision = save(&world, layer, document(&mut dice, layer)).await?;
            }
            agent.applies(revision).await?;
            let answer = world
                .owner
                .http
                .get(&world.owner.api("/my-settings"))
                .await?
                .expect(200)?
                .json()?;
            assert_eq!(answer["revision"], revision, "{engine:?}");
            let portal: Vec<Explanation> = serde_json::from_value(answer["settings"].clone())?;
            assert_eq!(portal.len(), Leaf::ALL.len());
            for explained in portal {
                let device = agent.handle().explain(explained.leaf);
                assert_eq!(device.as_ref(), Some(&explained), "{engine:?}, round {round}");
                spoken += explained.spoke.len();
                let for_ada = |layer: LayerName| matches!(layer, LayerName::Tightened(_));
                tightened += usize::from(explained.spoke.iter().any(|spoke| for_ada(spoke.layer)));
            }
        }
        // The documents really speak: on average nearly two layers beside the built-in one.
        assert!(spoken > 12 * Leaf::ALL.len() * 2, "{spoken}");
        assert!(tightened > 12, "{tightened}");
        world.server.stop().await?;
    }
    Ok(())
}

/// A layer's next document: most leaves are set anew, some fall silent.
fn document(dice: &mut Dice, layer: &str) -> Value {
    let mut sections: Map<String, Value> = Map::new();
    for leaf in Leaf::ALL.iter().copied().filter(|leaf| may_speak(*leaf, layer)) {
        let Some(said) = word(dice, leaf, layer == "org") else {
            continue;
        };
        let section = sections
            .entry(leaf.section().as_str())
            .or_insert_with(|| json!({}));
        section[leaf.name()] = said;
    }
    Value::Object(sections)
}

fn may_speak(leaf: Leaf, layer: &str) -> bool {
    match layer {
        "org" => true,
        team if team.starts_with("team_") => leaf.teams_may_override(),
        _ => leaf.strictness() != Strictness::Neither,
    }
}

fn word(dice: &mut Dice, leaf: Leaf, may_lock: bool) -> Option<Value> {
    let plain = |dice: &mut Dice, value: Value| match dice.roll(5) {
        0 => Value::Null,
        1 if may_lock => json!({ "value": value, "locked": true }),
        2 => json!({ "value": value, "locked": false }),
        _ => value,
    };
    let said = match leaf.kind() {
        Kind::Switch => {
            let on = dice.roll(2) == 0;
            plain(dice, json!(on))
        }
        Kind::Choice(words) => {
            let word = words[dice.roll(words.len())];
            plain(dice, json!(word))
        }
        Kind::Model => return None,
        Kind::WebsiteList => {
            let site = |dice: &mut Dice| format!("s{}.example", dice.roll(6));
            json!({ "add": [site(dice), site(dice)], "remove": [site(dice)] })
        }
        Kind::Table(kind) => {
            let (key, row) = row(dice, kind);
            let gone = self::row(dice, kind).0;
            json!({ "set": { key: row }, "remove": [gone] })
        }
    };
    Some(said)
}

fn row(dice: &mut Dice, kind: RowKind) -> (String, Value) {
    let number = dice.roll(5);
    match kind {
        RowKind::Application => {
            let rule = format!("bundle_id:com.example.app{number}");
            let blocked = dice.roll(3) > 0;
            let row = json!({ "name": format!("App {number}"), "identifiers": [rule], "blocked": blocked });
            (format!("app{number}"), row)
        }
        RowKind::ModelSwitch => (format!("openai/m{number}"), json!(dice.roll(2) == 0)),
        RowKind::CustomModel => (
            format!("own/m{number}"),
            json!({ "title": format!("Model {number}") }),
        ),
        RowKind::Purge => (
            format!("p{number}"),
            json!({ "websites": ["old.example"], "before": number }),
        ),
    }
}

async fn save(world: &World, layer: &str, settings: Value) -> anyhow::Result<u64> {
    let body = json!({ "settings": settings, "layer": layer });
    let saved = world
        .owner
        .http
        .json(Method::PATCH, &world.owner.api("/settings"), &body)
        .await?;
    Ok(saved.expect(200)?.json()?["revision"]
        .as_u64()
        .unwrap_or_default())
}

async fn me(world: &World) -> anyhow::Result<String> {
    let members = world
        .owner
        .http
        .get(&world.owner.api("/members"))
        .await?
        .expect(200)?
        .json()?;
    Ok(members["members"][0]["id"]
        .as_str()
        .unwrap_or_default()
        .to_owned())
}

async fn team(world: &World, name: &str, member: &str) -> anyhow::Result<String> {
    let http = &world.owner.http;
    let path = world.owner.api("/teams");
    let made = http.json(Method::POST, &path, &json!({ "name": name })).await?;
    let made = made.expect(201)?.json()?;
    let team = made["id"].as_str().unwrap_or_default().to_owned();
    let path = format!("{path}/{team}/members");
    let added = http
        .json(Method::POST, &path, &json!({ "members": [member] }))
        .await?;
    anyhow::ensure!(added.status.is_success(), "{}", added.body);
    Ok(team)
}

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % sides
    }
}
