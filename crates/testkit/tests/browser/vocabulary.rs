//! The browser's own words work on a page that is nobody's but this test's.

use tessera_testkit::browser::Browser;
use tessera_testkit::outside::{Party, all_present};

const PAGE: &str = "data:text/html,<form onsubmit='event.preventDefault();\
    out.innerText=`${n.value} is ${r.value} ${c.checked}`'>\
    <label for=n>Name</label><input id=n value=old><label>Role <select id=r><option>Read<option>Write</select></label>\
    <label><input type=checkbox id=c> Audio capture</label><button>Save</button></form><p id=out></p>";

#[tokio::test]
async fn a_form_can_be_filled_and_sent() -> anyhow::Result<()> {
    if !all_present(&[Party::Browser]) {
        return Ok(());
    }
    let browser = Browser::start().await?;
    browser.open(PAGE).await?;
    browser.fill("Name", "Ada").await?;
    browser.choose("Role", "Write").await?;
    browser.switch("Audio capture", true).await?;
    browser.press("Save").await?;
    browser.sees("Ada is Write true").await?;
    browser.close().await
}
