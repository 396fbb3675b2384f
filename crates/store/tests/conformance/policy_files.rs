//! Policy files and what they own.

use tessera_store::{PolicyFile, PolicySection, Result, Store};

use crate::fixture::{at, id, org, person};

fn file(source: &str, revision: u64) -> PolicyFile {
    PolicyFile {
        source: source.to_owned(),
        revision,
        applied_at: at(5),
        applied_by: (revision > 1).then(id),
        applied_by_name: person("Ada"),
    }
}

fn section(layer: &str, section: &str, name: &str) -> PolicySection {
    PolicySection {
        layer: layer.to_owned(),
        section: section.to_owned(),
        name: name.to_owned(),
    }
}

pub(crate) async fn a_file_owns_its_sections_until_the_next(store: &Store) -> Result<()> {
    let mut tx = store.begin().await?;
    let (acme, other) = (org(&mut tx, None).await?, org(&mut tx, None).await?);
    assert_eq!(tx.policy_file(acme).await?, None);
    assert_eq!(tx.policy_text(acme).await?, None);
    let text = "# Ünser \"Text\" \\ 🦀\n[features]\ntelemetry = false\n".repeat(10_000);
    let sections = [
        section("org", "features", ""),
        section("team_1", "memory", "Zoë's % _ \\ team"),
    ];
    let first = file("policies/acme.toml", 1);
    tx.set_policy_file(acme, &first, &text, &sections).await?;
    assert_eq!(tx.policy_file(acme).await?, Some(first));
    assert_eq!(tx.policy_text(acme).await?, Some(text));
    assert_eq!(tx.policy_sections(acme).await?, sections);
    let second = file("https://git.example/policy.toml", 2);
    tx.set_policy_file(acme, &second, "", &sections[..1]).await?;
    tx.set_policy_file(other, &file("theirs", 3), "x", &sections)
        .await?;
    assert_eq!(tx.policy_file(acme).await?, Some(second));
    assert_eq!(tx.policy_sections(acme).await?, sections[..1]);
    assert!(!tx.release_policy_section(acme, "org", "memory").await?);
    assert!(tx.release_policy_section(acme, "org", "features").await?);
    assert!(!tx.release_policy_section(acme, "org", "features").await?);
    assert_eq!(tx.policy_sections(acme).await?, []);
    assert_eq!(tx.policy_sections(other).await?.len(), 2, "another tenant's stay");
    tx.commit().await
}
