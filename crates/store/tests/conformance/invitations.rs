//! Many invitations at once, and the lists that they come from.

use std::time::Duration;

use serde_json::json;
use tessera_domain::{EmailAddress, Role, invitation::LIFETIME, people_import::RowState};
use tessera_ids::{AccountId, InvitationBatchId, OrgId, SessionId, TypedId};
use tessera_store::{
    BatchCount, BatchRow, BatchRowQuery, BatchState, Error, NewBatchRow, NewInvitation, NewInvitationBatch,
    Result, SettledRow, Store, Swept, Tx, Unique,
};

use crate::{
    fixture::{account, at, email, hash, id, member, org},
    people::invitation,
};

fn many(org: OrgId, by: AccountId, count: i64) -> Vec<NewInvitation> {
    (0..count)
        .map(|number| invitation(org, &format!("P{number}@Example.com"), by, at(number)))
        .collect()
}

pub(crate) async fn many_are_known_and_made_at_once(store: &Store) -> Result<()> {
    let mut tx = store.begin().await?;
    let (here, other) = (org(&mut tx, None).await?, org(&mut tx, None).await?);
    let ada = member(&mut tx, here, "Ada", Role::Owner).await?;
    account(&mut tx, "Cy").await?;
    let new = many(here, ada.id, 40);
    tx.insert_invitations(here, &new).await?;
    tx.insert_invitations(here, &[]).await?;
    let kept = tx
        .invitation(here, new[7].invitation.id)
        .await?
        .expect("there")
        .invitation;
    assert_eq!(kept, new[7].invitation, "as if it were made alone");
    assert!(tx.invitation_by_token(new[7].token_hash).await?.is_some());

    let addresses = [
        "ada@example.com",
        "p7@example.com",
        "cy@example.com",
        "dee@example.com",
    ]
    .map(email);
    let asked: Vec<&EmailAddress> = addresses.iter().collect();
    let mut known = tx.invitation_standings(here, &asked).await?;
    known.sort_by_key(|row| row.email_key.clone());
    let known: Vec<_> = known
        .iter()
        .map(|row| {
            (
                row.email_key.as_str(),
                row.is_member,
                row.invitation,
                row.expires_at,
            )
        })
        .collect();
    assert_eq!(
        known,
        [
            ("ada@example.com", true, None, None),
            (
                "p7@example.com",
                false,
                Some(new[7].invitation.id),
                Some(at(7).plus(LIFETIME))
            ),
        ]
    );
    assert!(
        tx.invitation_standings(other, &asked).await?.is_empty(),
        "another org knows nobody"
    );
    assert!(tx.invitation_standings(here, &[]).await?.is_empty());

    let addresses: Vec<&EmailAddress> = new.iter().map(|row| &row.invitation.email).collect();
    let later = at(9).plus(LIFETIME);
    assert_eq!(tx.expire_invitations(here, &addresses, later).await?, 10);
    assert_eq!(tx.expire_invitations(here, &addresses, later).await?, 0);
    assert_eq!(tx.invitation_standings(here, &addresses).await?.len(), 30);
    let again = NewInvitation {
        token_hash: hash(4_000_000),
        ..invitation(here, "p3@example.com", ada.id, at(50))
    };
    tx.insert_invitations(here, &[again]).await?;
    let twice = NewInvitation {
        token_hash: hash(4_000_001),
        ..invitation(here, "P30@example.com", ada.id, at(51))
    };
    let twice = tx.insert_invitations(here, &[twice]).await;
    assert!(
        matches!(twice, Err(Error::NotUnique(Unique::PendingInvitation))),
        "{twice:?}"
    );
    Ok(())
}

fn list(by: AccountId, second: i64) -> NewInvitationBatch {
    NewInvitationBatch {
        id: id(),
        created_at: at(second),
        created_by: by,
        session: id::<SessionId>(),
        address: "192.0.2.7".to_owned(),
        name: "people \"new\".csv".to_owned(),
        expires_at: at(second).plus(Duration::from_mins(30)),
    }
}

fn row(line: u64, state: RowState) -> NewBatchRow {
    NewBatchRow {
        line,
        input: format!("p{line}@example.com,\"read\""),
        candidate: (state != RowState::Malformed)
            .then(|| json!({"email": format!("p{line}@example.com"), "role": "read", "teams": []})),
        state,
        reason: (state != RowState::Ready).then(|| "Büro \\ 100%".to_owned()),
    }
}

async fn counts(tx: &mut Tx, org: OrgId, id: InvitationBatchId) -> Result<Vec<(RowState, u64, u64, u64)>> {
    let counts = tx.invitation_batch_counts(org, id).await?;
    let plain = |count: BatchCount| (count.state, count.count, count.chosen, count.settled);
    Ok(counts.into_iter().map(plain).collect())
}

/// A list of seven rows that is kept.
async fn kept_list(tx: &mut Tx) -> Result<(OrgId, NewInvitationBatch, Vec<NewBatchRow>)> {
    use RowState::{Duplicate, Malformed, NoSeat, Ready};
    let here = org(tx, None).await?;
    let by = member(tx, here, "Ada", Role::Owner).await?.id;
    let list = list(by, 1);
    let states = [Ready, Malformed, Ready, Duplicate, Ready, NoSeat, NoSeat];
    let rows: Vec<_> = states
        .into_iter()
        .zip(2..)
        .map(|(state, line)| row(line, state))
        .collect();
    tx.insert_invitation_batch(here, &list, &rows).await?;
    Ok((here, list, rows))
}

fn numbers(rows: Vec<BatchRow>) -> Vec<u64> {
    rows.into_iter().map(|row| row.number).collect()
}

pub(crate) async fn a_list_is_kept_and_chosen_from(store: &Store) -> Result<()> {
    use RowState::Ready;
    let mut tx = store.begin().await?;
    let (here, list, rows) = kept_list(&mut tx).await?;
    let (by, other) = (list.created_by, org(&mut tx, None).await?);
    let kept = tx.invitation_batch(here, list.id).await?.expect("it is there");
    assert_eq!(
        (
            kept.state,
            kept.name.as_str(),
            kept.created_by,
            kept.session,
            kept.sent_at
        ),
        (BatchState::Preview, "people \"new\".csv", by, list.session, None)
    );
    assert_eq!(tx.invitation_batch(other, list.id).await?, None);
    let all = BatchRowQuery::default();
    assert!(tx.invitation_batch_rows(other, list.id, all, 9).await?.is_empty());
    assert!(tx.invitation_batch_counts(other, list.id).await?.is_empty());
    let shown = tx.invitation_batch_rows(here, list.id, all, 9).await?;
    assert_eq!(shown.len(), 7);
    assert_eq!(
        (shown[1].line, &shown[1].candidate, shown[1].chosen),
        (3, &None, false)
    );
    assert_eq!(
        (shown[2].number, &shown[2].candidate, shown[2].chosen),
        (2, &rows[2].candidate, true)
    );
    let page = BatchRowQuery {
        state: Some(Ready),
        after: Some(0),
        ..all
    };
    assert_eq!(
        numbers(tx.invitation_batch_rows(here, list.id, page, 9).await?),
        [2, 4]
    );
    let refused = BatchRowQuery { refused: true, ..all };
    assert_eq!(
        numbers(tx.invitation_batch_rows(here, list.id, refused, 3).await?),
        [1, 3, 5]
    );

    assert_eq!(
        tx.choose_invitation_batch_rows(list.id, &[0, 1, 3], false)
            .await?,
        1,
        "only what could be invited"
    );
    assert_eq!(tx.choose_invitation_batch_rows(list.id, &[5, 1], true).await?, 1);
    assert_eq!(
        numbers(tx.open_invitation_batch_rows(here, list.id, 2).await?),
        [2, 4]
    );
    tx.choose_all_invitation_batch_rows(list.id, false).await?;
    assert!(tx.open_invitation_batch_rows(here, list.id, 9).await?.is_empty());
    tx.choose_all_invitation_batch_rows(list.id, true).await?;
    assert_eq!(
        numbers(tx.open_invitation_batch_rows(here, list.id, 9).await?),
        [0, 2, 4]
    );

    Ok(())
}

pub(crate) async fn a_list_is_sent_and_settled(store: &Store) -> Result<()> {
    use RowState::{Duplicate, Malformed, NoSeat, Ready, Sent};
    let mut tx = store.begin().await?;
    let (here, list, _) = kept_list(&mut tx).await?;
    assert!(tx.sending_invitation_batches(9).await?.is_empty());
    let until = at(9_000);
    assert!(
        tx.move_invitation_batch(here, list.id, BatchState::Sending, at(5), until, None)
            .await?
    );
    assert_eq!(tx.sending_invitation_batches(9).await?, [(here, list.id)]);
    assert!(
        !tx.delete_invitation_batch(here, list.id).await?,
        "it is being sent"
    );
    let settled = [
        SettledRow {
            number: 0,
            state: Sent,
            reason: None,
        },
        SettledRow {
            number: 2,
            state: NoSeat,
            reason: Some("No seats available.".to_owned()),
        },
    ];
    assert_eq!(tx.settle_invitation_batch_rows(list.id, &settled).await?, 2);
    assert_eq!(
        numbers(tx.open_invitation_batch_rows(here, list.id, 9).await?),
        [4]
    );
    assert_eq!(
        counts(&mut tx, here, list.id).await?,
        [
            (Duplicate, 1, 0, 0),
            (Malformed, 1, 0, 0),
            (NoSeat, 3, 1, 1),
            (Ready, 1, 1, 0),
            (Sent, 1, 1, 1),
        ]
    );
    tx.move_invitation_batch(
        here,
        list.id,
        BatchState::Stopped,
        at(6),
        until,
        Some("Not any more."),
    )
    .await?;
    let ended = tx.invitation_batch(here, list.id).await?.expect("it is there");
    assert_eq!(
        (
            ended.state,
            ended.sent_at,
            ended.ended_at,
            ended.reason.as_deref()
        ),
        (
            BatchState::Stopped,
            Some(at(5)),
            Some(at(6)),
            Some("Not any more.")
        )
    );
    Ok(())
}

pub(crate) async fn lists_that_nobody_sends_go(store: &Store) -> Result<()> {
    let mut tx = store.begin().await?;
    let here = org(&mut tx, None).await?;
    let by = member(&mut tx, here, "Ada", Role::Owner).await?.id;
    let mut ids = Vec::new();
    for second in 0..5 {
        let list = list(by, second);
        tx.insert_invitation_batch(here, &list, &[row(1, RowState::Ready)])
            .await?;
        ids.push(list.id);
    }
    assert_eq!(tx.prune_invitation_batches(here, by, 3).await?, 2);
    assert_eq!(tx.invitation_batch(here, ids[1]).await?, None, "the oldest went");
    assert!(tx.delete_invitation_batch(here, ids[2]).await?);
    let all = BatchRowQuery::default();
    assert!(
        tx.invitation_batch_rows(here, ids[2], all, 9).await?.is_empty(),
        "with its rows"
    );
    tx.move_invitation_batch(here, ids[3], BatchState::Sending, at(6), at(7), None)
        .await?;
    let swept = tx.sweep(at(5).plus(Duration::from_mins(30)), at(0)).await?;
    assert_eq!(
        swept,
        Swept {
            invitation_batches: 1,
            ..Swept::default()
        }
    );
    assert!(
        tx.invitation_batch(here, ids[3]).await?.is_some(),
        "what is being sent stays"
    );
    assert_ne!(ids[3].uuid(), ids[4].uuid());
    Ok(())
}
