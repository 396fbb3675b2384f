//! Who in an organization is written to.

use tessera_domain::{EmailAddress, Result, Role};
use tessera_ids::{OrgId, Timestamp};
use tessera_store::{MemberQuery, MemberSort, Tx};

/// Members who are read at once.
const PAGE: u64 = 200;

/// The addresses of all members who have one of these roles.
pub(crate) async fn addresses_of(
    tx: &mut Tx,
    org: OrgId,
    roles: &[Role],
    now: Timestamp,
) -> Result<Vec<EmailAddress>> {
    let mut addresses = Vec::new();
    for role in roles {
        let mut after = None;
        loop {
            let query = MemberQuery {
                role: Some(*role),
                sort: MemberSort::Name(after),
                limit: PAGE,
                ..MemberQuery::default()
            };
            let page = tx.members(org, &query, now).await?;
            after = page.last().map(|last| (last.name_key.clone(), last.account));
            let last = (page.len() as u64) < PAGE;
            addresses.extend(page.into_iter().map(|member| member.email));
            if last {
                break;
            }
        }
    }
    Ok(addresses)
}
