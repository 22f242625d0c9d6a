use std::time::{Duration, SystemTime, UNIX_EPOCH};

use reqwest::header::{HeaderMap, RETRY_AFTER};

/// Longest wait that a server may ask for.
const MOST: Duration = Duration::from_secs(600);

/// How long the server asks to be left alone: `retry-after-ms`, or `Retry-After` in seconds or as a date.
pub(crate) fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = |name| headers.get(name)?.to_str().ok().map(str::trim);
    let number = |text: &str, unit: f64| Duration::try_from_secs_f64(text.parse::<f64>().ok()? * unit).ok();
    let exact = text("retry-after-ms").and_then(|text| number(text, 1e-3));
    let wait = exact.or_else(|| {
        let text = text(RETRY_AFTER.as_str())?;
        number(text, 1.0).or_else(|| Some(date(text)?.duration_since(now).unwrap_or_default()))
    })?;
    Some(wait.min(MOST))
}

/// Reads a date such as `Sun, 06 Nov 1994 08:49:37 GMT`, the one form that servers may send today.
fn date(text: &str) -> Option<SystemTime> {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let words: Vec<&str> = text.split([' ', ':']).collect();
    let [_, day, month, year, hour, minute, second, "GMT"] = words[..] else { return None };
    let number = |text: &str| text.parse::<u64>().ok();
    let month = MONTHS.iter().position(|name| *name == month)? as u64 + 1;
    let (day, year, hour, minute, second) = (number(day)?, number(year)?, number(hour)?, number(minute)?, number(second)?);
    if !(1970..=9999).contains(&year) || !(1..=31).contains(&day) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    // Days since 1970 by the civil calendar, in years that begin with March so that the leap day comes last.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = year * 365 + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1;
    let days = days.checked_sub(719_468)?;
    Some(UNIX_EPOCH + Duration::from_secs(days * 86_400 + hour * 3600 + minute * 60 + second))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn check(headers: &[(&'static str, &'static str)], now: u64, expected: Option<u64>) {
        let headers = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        let wait = retry_after(&headers, UNIX_EPOCH + Duration::from_secs(now));
        assert_eq!(wait, expected.map(Duration::from_millis), "{headers:?}");
    }

    #[test]
    fn every_form_is_read() {
        check(&[], 0, None);
        check(&[("retry-after", "3")], 0, Some(3_000));
        check(&[("retry-after", " 1.5 ")], 0, Some(1_500));
        check(&[("retry-after", "3"), ("retry-after-ms", "250")], 0, Some(250));
        check(&[("retry-after", "3"), ("retry-after-ms", "soon")], 0, Some(3_000));
        check(&[("retry-after", "86400")], 0, Some(600_000));
        check(&[("retry-after", "-1")], 0, None);
        check(&[("retry-after", "NaN")], 0, None);
        check(&[("retry-after", "Sun, 06 Nov 1994 08:49:37 GMT")], 784_111_777 - 7, Some(7_000));
        check(&[("retry-after", "Sun, 06 Nov 1994 08:49:37 GMT")], 784_111_777 + 7, Some(0));
        check(&[("retry-after", "Thu, 29 Feb 2024 00:00:00 GMT")], 1_709_164_800 - 1, Some(1_000));
        check(&[("retry-after", "Fri, 01 Mar 2024 00:00:00 GMT")], 1_709_251_200 - 1, Some(1_000));
        check(&[("retry-after", "Sun, 06 Nox 1994 08:49:37 GMT")], 0, None);
        check(&[("retry-after", "yesterday")], 0, None);
    }
}
