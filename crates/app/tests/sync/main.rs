//! Settings and sync as use cases, on both engines: what is saved, who is told, who is believed.

#![expect(
    clippy::unwrap_used,
    reason = "a story that cannot go on fails where it stands"
)]

mod alerts;
mod credentials;
mod devices;
mod ending;
mod enrollment_keys;
mod hostile;
mod leaving;
mod machine;
mod models;
mod operator;
mod policy_keys;
mod rollouts;
mod settings;
mod skew;
mod tightened;
#[path = "../people/world.rs"]
#[expect(dead_code, reason = "the stories of people use the rest of it")]
mod world;

/// Tells a story on each engine.
macro_rules! stories {
    ($($name:ident,)+) => {
        mod sqlite {
            use tessera_store::testing::Engine;
            $(#[tokio::test] async fn $name() { crate::world::run(Engine::Sqlite, async |world| super::$name(world).await).await; })+
        }
        mod postgres {
            use tessera_store::testing::Engine;
            $(#[tokio::test] async fn $name() { crate::world::run(Engine::Postgres, async |world| super::$name(world).await).await; })+
        }
    };
}
pub(crate) use stories;
