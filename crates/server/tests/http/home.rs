//! Home: what each role is shown there, and the agent that can be fetched from it.

use tessera_domain::Role;

use crate::asking::page;
use crate::cast::{Cast, join};

#[tokio::test]
async fn an_admin_sees_how_the_organization_stands_and_a_member_how_they_stand() {
    let cast = Cast::assemble().await;
    let home = format!("/o/{}", cast.org);
    let shown = page(&cast.owner.client, &home).await;
    for expected in [
        "Sign in with <strong>owner@example.org</strong> to stay in sync",
        "workbench is enrolled, but does not have the newest settings yet.",
        &format!("href=\"{home}/members?device=none\""),
        &format!("href=\"{home}/devices?state=failed\""),
        &format!("href=\"{home}/help\""),
        "People without a device",
        "http://127.0.0.1:7471/",
    ] {
        assert!(shown.contains(expected), "{expected}: {shown}");
    }
    let number = |shown: &str| {
        let before = shown.split("People without a device").next().unwrap();
        let value = before.rsplit("stat-value num\">").next().unwrap();
        value.split('<').next().unwrap().trim().to_owned()
    };
    assert_eq!(number(&shown), "3", "admin, writer and reader");
    join(&cast.server, cast.org, "newcomer", Role::Read).await;
    assert_eq!(number(&page(&cast.admin.client, &home).await), "4");

    for member in [&cast.reader.client, &cast.writer.client] {
        let shown = page(member, &home).await;
        assert!(shown.contains("None of your machines is enrolled yet."));
        for hidden in ["Health", "People without a device", "id=\"manage\""] {
            assert!(!shown.contains(hidden), "{hidden}");
        }
    }
}

#[tokio::test]
async fn the_agent_is_offered_where_the_operator_put_it() {
    let cast = Cast::assemble().await;
    let home = format!("/o/{}", cast.org);
    let reader = &cast.reader.client;
    let shown = page(reader, &home).await;
    assert!(shown.contains("has not added the agent for Linux"), "{shown}");
    assert!(shown.contains("tessera agent install") && !shown.contains("install.sh"));
    let folder = cast.server.running.site.config.downloads();
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("tessera-x86_64-unknown-linux-gnu"), "x").unwrap();
    let shown = page(reader, &home).await;
    assert!(shown.contains("href=\"/downloads/tessera-x86_64-unknown-linux-gnu\""));
    let command = format!("curl -fsS {}/install.sh | sh", cast.server.running.site.origin);
    assert!(shown.contains(&command), "{command}: {shown}");
    for elsewhere in ["darwin", "aarch64", "install.ps1"] {
        assert!(!shown.contains(elsewhere), "{elsewhere}");
    }
    assert!(shown.contains("has not added the agent for macOS"));
}
