//! A Google access token for a service account (RFC 7523): a JWT signed with its key, against a token of one hour.

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use serde_json::json;
use tessera_app::ProviderError;
use tessera_domain::credential::{Secret, ServiceAccount};
use time::OffsetDateTime;
use zeroize::Zeroizing;

use super::Outbound;

/// Google's own. The one in the file is not used: whoever wrote the file would decide whom we call.
const TOKEN: &str = "https://oauth2.googleapis.com/token";
const SCOPE: &str = "https://www.googleapis.com/auth/cloud-platform";
const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/// Seconds that an assertion is good for.
const LIFETIME: i64 = 600;

/// Gets a token.
pub(super) async fn token(
    out: &Outbound,
    account: &ServiceAccount,
    secret: &Secret,
    now: OffsetDateTime,
) -> Result<Zeroizing<String>, ProviderError> {
    let assertion = assertion(account, now)?;
    let url = out
        .endpoints
        .google_token
        .as_ref()
        .map_or(TOKEN, |url| url.as_str());
    let form = [("grant_type", GRANT), ("assertion", &assertion)];
    let mut answer = out.ask(out.post(url)?.form(&form), secret, &[&assertion]).await?;
    match answer["access_token"].take() {
        serde_json::Value::String(token) => Ok(Zeroizing::new(token)),
        _ => Err(ProviderError::Unexpected("it gives no access token".to_owned())),
    }
}

fn assertion(account: &ServiceAccount, now: OffsetDateTime) -> Result<Zeroizing<String>, ProviderError> {
    let unusable = || ProviderError::Secret("The service account's private key cannot be used.".to_owned());
    let key =
        RsaKeyPair::from_pkcs8(&der(account.private_key()).ok_or_else(unusable)?).map_err(|_| unusable())?;
    let issued = now.unix_timestamp();
    let header = json!({ "alg": "RS256", "typ": "JWT", "kid": account.key_id() });
    let claims = json!({
        "iss": account.email(), "scope": SCOPE, "aud": TOKEN, "iat": issued, "exp": issued + LIFETIME,
    });
    let part = |part: &serde_json::Value| BASE64_URL_SAFE_NO_PAD.encode(part.to_string());
    let signed = format!("{}.{}", part(&header), part(&claims));
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(
        &RSA_PKCS1_SHA256,
        &SystemRandom::new(),
        signed.as_bytes(),
        &mut signature,
    )
    .map_err(|_| unusable())?;
    Ok(Zeroizing::new(format!(
        "{signed}.{}",
        BASE64_URL_SAFE_NO_PAD.encode(signature)
    )))
}

/// The key between the two lines of a PEM file.
fn der(pem: &str) -> Option<Zeroizing<Vec<u8>>> {
    let lines = pem
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with("-----"));
    let text = Zeroizing::new(lines.collect::<String>());
    BASE64_STANDARD.decode(text.as_bytes()).ok().map(Zeroizing::new)
}
