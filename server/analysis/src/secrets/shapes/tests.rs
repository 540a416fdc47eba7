//! Shapes that are found, and what only looks like one.

use super::*;
use crate::secrets::scan;

#[test]
fn every_pattern_compiles() {
    assert!(
        CANDIDATE.is_some() && SET.is_some() && SHAPES.iter().all(|shape| Regex::new(shape.pattern).is_ok()),
        "{:?}",
        RegexSet::new(SHAPES.iter().map(|s| s.pattern))
    );
    assert!(Regex::new(CANDIDATES).is_ok());
}

/// A made-up secret, put together here so that no scanner finds it in this file.
fn made(parts: &[&str]) -> String {
    parts.concat()
}

#[test]
fn shapes_are_found_where_they_stand() {
    let long = "aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5bC7dE9fG1hJ3kL5mN7pQ9rS1tU3vW5xY7zA9bC1dE3fG5hJ7kL9m";
    let hex = "0123456789abcdef0123456789abcdef";
    for (kind, text, secret) in [
        (
            "a JSON web token",
            made(&["Bearer ", "eyJhbGciOiJIUzI1NiJ9", ".eyJzdWIiOiIxMjM0In0.", &long[..30]]),
            None,
        ),
        (
            "a private key",
            made(&["-----BEGIN RSA ", "PRIVATE KEY-----\n", long]),
            None,
        ),
        (
            "an account key",
            made(&[
                "DefaultEndpointsProtocol=https;AccountName=x;Account",
                "Key=",
                &long[..86],
                "==",
            ]),
            Some(format!("{}==", &long[..86])),
        ),
        (
            "a shared access key",
            made(&[
                "Endpoint=sb://x/;SharedAccessKeyName=n;SharedAccess",
                "Key=",
                &long[..43],
                "=",
            ]),
            None,
        ),
        (
            "the signature of a shared access URL",
            made(&["https://x.y/z?sp=%2Frun&sv=1.0&si", "g=", &long[..43]]),
            Some(long[..43].to_owned()),
        ),
        (
            "the key of an Azure function",
            made(&["https://x.azurewebsites.net/api/f?co", "de=", &long[..50], "=="]),
            None,
        ),
        (
            "the password of a connection string",
            made(&["Server=x;Database=y;User Id=sa;Pass", "word=Gr3en!Tea;"]),
            Some("Gr3en!Tea".into()),
        ),
        (
            "a secret in a form or a query",
            made(&["grant_type=client_credentials&client_", "secret=Gr3en!Tea99&scope=x"]),
            Some("Gr3en!Tea99".into()),
        ),
        (
            "a client secret of Microsoft Entra ID",
            made(&["abc8", "Q~", &long[..34]]),
            None,
        ),
        ("a GitHub token", made(&["token gh", "p_", &long[..36]]), None),
        ("a GitLab token", made(&["glp", "at-", &long[..20]]), None),
        ("a Slack token", made(&["xo", "xb-", &long[..30]]), None),
        (
            "a Slack webhook",
            made(&["https://hooks.slack", ".com/services/T01234567/B01234567/", &long[..24]]),
            None,
        ),
        ("an AWS access key", made(&["AK", "IAQ2W3E4R5T6Y7UABC"]), None),
        ("a Google key", made(&["AI", "za", &long[..35]]), None),
        ("a Stripe key", made(&["sk_", "live_", &long[..24]]), None),
        (
            "a SendGrid key",
            made(&["SG", ".", &long[..22], ".", &long[..43]]),
            None,
        ),
        ("a Twilio key", made(&["S", "K", hex]), None),
        ("an npm token", made(&["np", "m_", &long[..36]]), None),
        ("an Azure DevOps token", made(&[&long[..76], "AZ", "DOabcd"]), None),
        (
            "a password in a URL",
            made(&["https://user:", "Gr3enTea@host/x"]),
            Some("Gr3enTea".into()),
        ),
        (
            "a user name and password",
            made(&["Basic ", "dXNlcjpHcjNlbiFUZWE="]),
            Some("dXNlcjpHcjNlbiFUZWE=".into()),
        ),
        (
            "an access token",
            made(&["Bearer ", &long[..40]]),
            Some(long[..40].to_owned()),
        ),
    ] {
        let hits = scan(&text);
        assert_eq!(hits.len(), 1, "{kind}: {hits:?}");
        assert_eq!(hits[0].kind, kind);
        if let Some(secret) = secret {
            assert_eq!(hits[0].span.slice(&text), secret);
        }
    }
}

#[test]
fn forms_in_which_secrets_are_written() {
    let long = "aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5bC7dE9fG1hJ3kL5mN7pQ9rS1tU3vW5xY7zA9bC1dE3fG5hJ7kL9m";
    let key = &long[..43];
    for (text, secret) in [
        (
            made(&["Driver={ODBC Driver 18};Server=x;Uid=u;Pw", "d={Gr33n!Harbor7};"]),
            "{Gr33n!Harbor7}",
        ),
        (
            made(&["x.redis.cache.windows.net:6380,pass", "word=", key, "=,ssl=True"]),
            &long[..0],
        ),
        (made(&["rediss://:", key, "@x.redis.cache.windows.net:6380"]), key),
        (
            made(&["AuthType=ClientSecret;Url=https://x;ClientId=y;Client", "Secret=", key]),
            key,
        ),
        (made(&["Endpoint=https://x.azconfig.io;Id=a;Sec", "ret=", key]), key),
        (made(&["https://api.x.example/orders?a=b&co", "de=", key]), key),
        (made(&["https://api.x.example/orders?subscription-", "key=", key]), key),
        (made(&["https://api.x.example/orders?to", "ken=", key]), key),
        (made(&["@concat('https://x.example?co", "de=', '", key, "')"]), key),
        (made(&["@concat('Bearer ', '", key, "')"]), key),
        (made(&["Basic @{base64('svc:", "Gr33nHarbor7')}"]), "svc:Gr33nHarbor7"),
        (
            made(&["{\"user\":\"x\",\"pass", "word\":\"Gr33nHarbor7\"}"]),
            "Gr33nHarbor7",
        ),
        (made(&["sign in as svc, pass", "word: Gr33n!Harbor7"]), "Gr33n!Harbor7"),
        (made(&["X-Api-", "Key: ", key]), key),
        (
            made(&["ConvertTo-Secure", "String 'Gr33n!Harbor7' -AsPlainText"]),
            "Gr33n!Harbor7",
        ),
        (made(&["aws_secret_access_", "key = ", &long[..40]]), &long[..40]),
        (made(&["SharedAccessSignature r=https%3A%2F%2Fx&e=1&s=", key]), key),
        (
            made(&[
                "https://hooks.slack",
                ".com/workflows/T01234567/A01234567/123456789012345678/",
                &long[..24],
            ]),
            "",
        ),
        (
            made(&["https://hooks.zapier", ".com/hooks/catch/1234567/", &long[..7]]),
            "",
        ),
        (made(&["sk-", "proj-", key]), ""),
        (made(&["hf_", &long[..34]]), ""),
        (made(&["dap", "i", "0123456789abcdef0123456789abcdef"]), ""),
        (made(&["pypi-", "AgE", &long[..60]]), ""),
        (made(&[&long[..52], "JQQJ", "99", &long[..26]]), ""),
    ] {
        let hits = scan(&text);
        assert_eq!(hits.len(), 1, "{text}: {hits:?}");
        assert!(secret.is_empty() || hits[0].span.slice(&text) == secret, "{text}");
    }
}

#[test]
fn what_only_looks_alike_is_silent() {
    for text in [
        "Basic authentication is used",
        "Bearer @{variables('token')}",
        "@concat('Bearer ', outputs('Token'))",
        "eyJhbGciOiJIUzI1NiJ9",
        "Server=x;Password=#{db.password}#;",
        "Server=x;Password=<password>;",
        "client_secret=@{variables('s')}&grant_type=x",
        "grant_type=client_credentials&client_secret={{secret}}",
        "https://x.y/z?sig=@{variables('s')}&sv=1",
        "https://host:443/a@b",
        "https://@{x}:@{y}@host",
        "https://user:<password>@host",
        "-----BEGIN PUBLIC KEY-----",
        "sig=short&sv=1",
        "AKIAIOSFODNN7EXAMPLE",
        "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAUA",
        "Password = required; see the policy",
        "Driver={ODBC Driver 18};Server=x;Uid=u;Pwd={your_password_here};",
        "x.redis.cache.windows.net:6380,password=<key>,ssl=True",
        "AuthType=ClientSecret;Url=https://x;ClientId=y;ClientSecret={secret}",
        "https://x.example/sale?code=SUMMER-SALE-2026-FOR-EVERYBODY-WHO-IS-HERE",
        "https://x.example/a?key=orders-archive-2026-01",
        "https://x.example/a?$skiptoken=aB3dE5fG7hJ9kL1mN3pQ5rS7tU9v",
        "@concat('https://x.example?code=', outputs('Key')?['body/value'])",
        "@concat('Basic ', base64(concat(parameters('u'), ':', parameters('p'))))",
        "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "https://x.azurewebsites.net/api/f?code=YOUR_FUNCTION_KEY_GOES_HERE",
        "SK00000000000000000000000000000000",
        "{\"password\":\"string\",\"apiKey\":\"your-api-key\"}",
        "password: see the vault",
        "X-Api-Key: #{ApiKeyOfTheService}#",
        "",
        "ä: Pwd",
    ] {
        assert_eq!(scan(text), [], "{text}");
    }
}
