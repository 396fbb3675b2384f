//! Denied websites: how a rule is written and read, what an address comes down to, and which rule of many
//! speaks about it.

mod details;
mod hash;
mod host;
mod hosts;
mod index;
mod list;
mod lookup;
mod page;
mod parse;
mod path;
mod record;
mod rule;
mod typed;
mod word;

pub use index::WebsiteIndex;
pub use list::WebsiteList;
pub use lookup::WebsiteMatch;
pub use page::{Page, PageClass, Unreadable, Website};
pub use parse::{ParsedRule, RuleError};
pub use rule::{Subdomains, WebsiteRule};
pub use typed::typed_address;
