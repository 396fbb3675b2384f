//! People: accounts, organizations, members, invitations and teams, on both engines.
//!
//! Each test is a story about one promise. It gets an empty installation on one engine and runs again on
//! the other; where there is no PostgreSQL, that half says that it was skipped.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod account_end;
mod accounts;
mod audit;
mod bulk;
mod farewells;
mod invitations;
mod lists;
mod members;
mod new_address;
mod orgs;
mod pictures;
mod races;
mod seats;
mod team_assignment;
mod teams;
mod updates;
mod world;

/// Runs each story on SQLite and on PostgreSQL.
macro_rules! stories {
    ($($name:ident,)+) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::run(tessera_store::testing::Engine::Sqlite, super::$name).await;
            })+
        }

        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::run(tessera_store::testing::Engine::Postgres, super::$name).await;
            })+
        }
    };
}
pub(crate) use stories;
