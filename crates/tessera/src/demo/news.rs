//! What the made-up people tell each other: updates with tags, comments and reactions, over the last two weeks.

use std::time::Duration;

use tessera_app::updates::{self, Draft, NewPost};
use tessera_app::{Actor, App, teams};
use tessera_domain::{Reaction, Result};
use tessera_ids::{OrgId, TeamId};

use super::calendar::Calendar;
use super::seed::read;

/// Who leads a team, by the team's place and the person's.
const LEADS: [(usize, usize); 3] = [(0, 5), (1, 15), (2, 25)];

/// Something that was posted.
pub(super) struct Story {
    hours_ago: u64,
    author: usize,
    /// The team on whose page it is, and whether it speaks for it.
    team: Option<(usize, bool)>,
    title: &'static str,
    tags: &'static str,
    body: &'static str,
    comments: &'static [(usize, &'static str)],
    reactions: &'static [(usize, Reaction)],
}

/// What was posted, the oldest first.
pub(super) const STORIES: [Story; 6] = [
    Story {
        hours_ago: 320,
        author: 0,
        team: None,
        title: "Welcome to the portal",
        tags: "#start",
        body: "From today this page says what is decided about AI here, and what reaches your machine.\n\n\
               1. Run the command on **Home** and type the code that it shows.\n\
               2. Look at *My settings*: all that binds you stands there, each with where it comes from.\n\
               3. Ask below. No question is too small.",
        comments: &[
            (
                9,
                "Took two minutes on my ThinkPad. `tessera status` says all is in force.",
            ),
            (2, "Thank you for being first!"),
        ],
        reactions: &[
            (1, Reaction::Celebrate),
            (2, Reaction::Celebrate),
            (5, Reaction::Heart),
            (12, Reaction::ThumbsUp),
            (16, Reaction::ThumbsUp),
            (33, Reaction::ThumbsUp),
        ],
    },
    Story {
        hours_ago: 190,
        author: 15,
        team: Some((1, true)),
        title: "Tile server moves on Thursday",
        tags: "#maintenance, #platform",
        body: "The tile server moves on Thursday between 18:00 and 20:00 UTC.\n\n\
               - Read-only for ten minutes, somewhere in between\n\
               - Nothing to do for anybody; cached tiles keep working\n\n\
               > If a map stays grey after 20:00, tell us here.",
        comments: &[(18, "Done at 19:12. The old host stays up until Monday.")],
        reactions: &[
            (1, Reaction::ThumbsUp),
            (20, Reaction::Eyes),
            (21, Reaction::ThumbsUp),
        ],
    },
    Story {
        hours_ago: 96,
        author: 3,
        team: None,
        title: "Audio stays off",
        tags: "#long-term-memory, #decision",
        body: "We looked at *Audio Context Capture* with the works council. It **stays off** for everybody, and the \
               lock is on, so that no team can turn it on.\n\nWe look at it again in spring.",
        comments: &[
            (
                7,
                "Good. Half of our calls are with people who never agreed to it.",
            ),
            (34, "Is the minutes' template affected?"),
            (3, "No: that one is typed by hand, as ever."),
        ],
        reactions: &[
            (0, Reaction::ThumbsUp),
            (7, Reaction::Heart),
            (9, Reaction::ThumbsUp),
            (34, Reaction::Thinking),
        ],
    },
    Story {
        hours_ago: 50,
        author: 8,
        team: Some((0, false)),
        title: "Field week: what we learned in the Pyrenees",
        tags: "#surveying, #field-notes",
        body: "Three things for the next crew:\n\n\
               | what | why |\n|---|---|\n| Spare batteries in an inner pocket | −9 °C at dawn |\n\
               | Base station on rock, never on scree | it crept 4 cm |\n\
               | Offline models on every laptop | no network for two days |\n\n\
               The raw points are where they always are.",
        comments: &[(10, "4 cm! That explains my afternoon.")],
        reactions: &[
            (5, Reaction::Laugh),
            (6, Reaction::Heart),
            (10, Reaction::Laugh),
            (13, Reaction::Eyes),
        ],
    },
    Story {
        hours_ago: 20,
        author: 25,
        team: Some((2, true)),
        title: "Atlas proofs are open for reading",
        tags: "#atlas, #feature",
        body: "Proofs of plates 14 to 31 are open until Friday. Mark what you find in the margin; two readers per plate \
               are enough.\n\n~~Plate 19~~ comes next week.",
        comments: &[],
        reactions: &[
            (26, Reaction::ThumbsUp),
            (27, Reaction::Celebrate),
            (30, Reaction::Eyes),
        ],
    },
    Story {
        hours_ago: 3,
        author: 2,
        team: None,
        title: "Banking, health and personnel pages are nobody's memory",
        tags: "#long-term-memory, #websites, #decision",
        body: "In a moment the website list grows by 48 entries. Assistants then neither read nor remember pages of \
               banks, doctors and payroll, on **every** machine, online or not.\n\n\
               What you captured before stays until you delete it. The list itself is in *My settings*.",
        comments: &[(19, "Watching the mosaic turn green is oddly satisfying.")],
        reactions: &[
            (0, Reaction::ThumbsUp),
            (1, Reaction::ThumbsUp),
            (19, Reaction::Eyes),
            (28, Reaction::Heart),
            (35, Reaction::ThumbsUp),
        ],
    },
];

impl Story {
    /// How long ago it was posted.
    pub(super) fn age(&self) -> Duration {
        Duration::from_hours(self.hours_ago)
    }
}

/// Says who leads.
pub(super) async fn appoint(
    app: &App,
    org: OrgId,
    teams: &[TeamId],
    person: &impl Fn(usize) -> Actor,
) -> Result<()> {
    for (team, lead) in LEADS {
        teams::set_lead(app, &person(0), org, teams[team], person(lead).account()?, true).await?;
    }
    Ok(())
}

/// Posts one at its time, with what was said to it within the next hours.
pub(super) async fn tell(
    app: &App,
    calendar: &Calendar,
    org: OrgId,
    teams: &[TeamId],
    person: &impl Fn(usize) -> Actor,
    story: &Story,
) -> Result<()> {
    calendar.go_back(story.age());
    let (team, as_team) = story
        .team
        .map_or((None, false), |(team, voice)| (Some(teams[team]), voice));
    let draft = Draft {
        title: read(story.title)?,
        body: read(story.body)?,
        tags: read(story.tags)?,
    };
    let new = NewPost { team, as_team, draft };
    let id = updates::post(app, &person(story.author), org, new).await?;
    for (place, (author, text)) in (1_u32..).zip(story.comments) {
        calendar.go_back(story.age().saturating_sub(Duration::from_mins(35) * place));
        updates::comment(app, &person(*author), org, id, read(text)?).await?;
    }
    for (who, reaction) in story.reactions {
        updates::react(app, &person(*who), org, id, *reaction, true).await?;
    }
    Ok(())
}
