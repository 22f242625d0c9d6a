//! Pictures: small functions from numbers to inline SVG. Every chart has a title, a description and the table it is drawn
//! from. Colours are variables of the page, blue for safe and orange for unsafe, so they follow the theme and can be told
//! apart by the colour-blind; nothing is said by colour alone.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::table::{Table, rounded};
use crate::text::{html, percent, share, shorten, thousands};

/// A picture with its table.
#[derive(Debug, Clone)]
pub(crate) struct Chart {
    pub id: &'static str,
    pub title: String,
    pub note: String,
    pub svg: String,
    pub table: Table,
    /// As wide as the page.
    pub is_wide: bool,
}

impl Chart {
    /// The chart without its picture, for programs.
    pub fn data(&self) -> Value {
        json!({"id": self.id, "title": self.title, "note": self.note, "table": self.table})
    }

    /// The chart in HTML.
    pub fn html(&self) -> String {
        let class = if self.is_wide { "chart wide" } else { "chart" };
        let title = html(&self.title);
        format!(
            "<figure class=\"{class}\" id=\"chart-{}\"><figcaption><h3>{title}</h3><p class=\"note\">{}</p></figcaption>\
             <div class=\"scroll\">{}</div><details><summary>{title} as a table</summary>{}</details></figure>",
            self.id,
            html(&self.note),
            self.svg,
            self.table.html(&self.title)
        )
    }
}

/// What a chart is called, and how it is read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Caption<'a> {
    pub id: &'static str,
    pub title: &'a str,
    pub note: &'a str,
}

/// Rows by two columns, darker where there are more; the scale is logarithmic.
pub(crate) fn heat_map(caption: Caption<'_>, down: &[String], across: &[String], cells: &[Vec<u64>]) -> Chart {
    let mut table = Table::new(&["class"]);
    table.head.extend(across.iter().cloned());
    table.rows =
        down.iter().zip(cells).map(|(name, cells)| [json!(name)].into_iter().chain(cells.iter().map(|n| json!(n))).collect()).collect();

    let most = cells.iter().flatten().copied().max().unwrap_or_default();
    let (left, cell, row) = (NAMES, if across.len() > 9 { 34.0 } else { 60.0 }, 20.0);
    let longest = across.iter().map(|name| name.chars().count()).max().unwrap_or_default();
    let steep = longest as f64 * LETTER > cell;
    let grid = row * down.len() as f64;
    let foot = if steep { 120.0 } else { 22.0 };
    let wide = (cell * across.len() as f64 + if steep { 70.0 } else { 10.0 }).max(KEY * (SHADES + 1) as f64);
    let (width, height) = (left + wide, grid + foot + 34.0);
    let mut svg = Svg::new(
        caption,
        &format!(
            "{} classes by {} values; the fullest combination has {} rows. Darker is more.",
            down.len(),
            across.len(),
            thousands(most)
        ),
        width,
        height,
    );
    for (y, (name, cells)) in down.iter().zip(cells).enumerate() {
        let top = row * y as f64;
        svg.text(left - 8.0, top + 14.0, "end", 12.0, "", name);
        for (x, (value, rows)) in across.iter().zip(cells).enumerate() {
            let step = heat(*rows, most);
            let at = left + cell * x as f64;
            svg.rect(at, top, cell - 1.0, row - 1.0, &format!("var(--seq{step})"), &format!("{name}, {value}: {} rows", thousands(*rows)));
            if *rows > 0 {
                svg.text(at + cell / 2.0 - 0.5, top + 13.5, "middle", 10.0, &format!("fill=\"var(--on-seq{step})\""), &compact(*rows));
            }
        }
    }
    for (x, value) in across.iter().enumerate() {
        let at = left + cell * (x as f64 + 0.5);
        if steep {
            svg.text(at - 3.0, grid + 12.0, "start", 12.0, &format!("transform=\"rotate(50 {:.1} {:.1})\"", at - 3.0, grid + 12.0), value);
        } else {
            svg.text(at, grid + 15.0, "middle", 12.0, "", value);
        }
    }
    // The key: where each shade begins.
    let top = grid + foot + 8.0;
    svg.text(left - 8.0, top + 12.0, "end", 12.0, "", "rows, from");
    for step in 0..=SHADES {
        let from = (0..=most).find(|rows| heat(*rows, most) >= step).filter(|_| step <= heat(most, most));
        let Some(from) = from.or_else(|| (step == 0).then_some(0)) else { break };
        let at = left + KEY * step as f64;
        svg.rect(at, top, KEY - 2.0, 16.0, &format!("var(--seq{step})"), "");
        svg.text(at + 29.0, top + 12.0, "middle", 11.0, &format!("fill=\"var(--on-seq{step})\""), &compact(from));
    }
    Chart { id: caption.id, title: caption.title.into(), note: caption.note.into(), svg: svg.finish(), table, is_wide: across.len() > 6 }
}

/// Room for the names on the left: 34 letters, at which names are shortened.
const NAMES: f64 = 256.0;

/// Width of a letter, at most.
const LETTER: f64 = 7.2;

/// Width of a shade in the key.
const KEY: f64 = 60.0;

/// Shades above that of nothing.
const SHADES: usize = 6;

/// The shade of a cell: 0 for nothing, then by the logarithm, 6 for the most.
fn heat(rows: u64, most: u64) -> usize {
    if rows == 0 {
        return 0;
    }
    let share = (rows as f64).ln_1p() / (most as f64).ln_1p();
    ((share * SHADES as f64).ceil() as usize).clamp(1, SHADES)
}

fn compact(number: u64) -> String {
    match number {
        0..10_000 => number.to_string(),
        10_000..1_000_000 => format!("{}k", number / 1000),
        _ => format!("{:.1}M", number as f64 / 1e6),
    }
}

/// Safe and unsafe rows of one bar or bin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pair {
    pub name: String,
    pub safe: u64,
    pub bad: u64,
}

/// Two histograms over the same bins, each as shares of its own label: where they differ, size tells the label.
pub(crate) fn histogram(caption: Caption<'_>, bins: &[Pair]) -> Chart {
    let mut table = Table::new(&["from", "safe rows", "unsafe rows", "share of safe", "share of unsafe"]);
    let total = |of: fn(&Pair) -> u64| bins.iter().map(of).sum::<u64>();
    let (safe, bad) = (total(|bin| bin.safe), total(|bin| bin.bad));
    for bin in bins {
        table.push([json!(bin.name), json!(bin.safe), json!(bin.bad), rounded(share(bin.safe, safe), 4), rounded(share(bin.bad, bad), 4)]);
    }
    let most = bins.iter().map(|bin| share(bin.safe, safe).max(share(bin.bad, bad))).fold(0.0, f64::max).max(1e-9);
    // The largest share of rows that one would have to move to make the two alike.
    let apart = bins.iter().map(|bin| (share(bin.safe, safe) - share(bin.bad, bad)).abs()).sum::<f64>() / 2.0;

    let (left, top, width, height) = (46.0, 30.0, 640.0, 250.0);
    let plot = (width - left - 10.0, height - top - 44.0);
    let floor = top + plot.1;
    let mut svg = Svg::new(
        caption,
        &format!(
            "{} bins; safe and unsafe differ in {} of their rows. The highest bar is {} of a label.",
            bins.len(),
            percent(apart),
            percent(most)
        ),
        width,
        height,
    );
    for tick in [0.0, 0.5, 1.0] {
        let y = floor - plot.1 * tick;
        svg.line(left, y, width - 10.0, y, "stroke=\"var(--chart-grid)\"");
        svg.text(left - 6.0, y + 4.0, "end", 12.0, "", format!("{:.1} %", 100.0 * most * tick).replace(".0 %", " %").as_str());
    }
    let slot = plot.0 / bins.len().max(1) as f64;
    for (at, bin) in bins.iter().enumerate() {
        let x = left + slot * at as f64;
        for (side, (rows, of, colour, word)) in
            [(bin.safe, safe, "var(--chart-safe)", "safe"), (bin.bad, bad, "var(--chart-unsafe)", "unsafe")].into_iter().enumerate()
        {
            let tall = plot.1 * share(rows, of) / most;
            let told = format!("from {}: {} {word} rows, {} of them", bin.name, thousands(rows), percent(share(rows, of)));
            svg.rect(x + 1.0 + side as f64 * (slot / 2.0 - 1.0), floor - tall, (slot / 2.0 - 1.0).max(0.5), tall, colour, &told);
        }
        if at % bins.len().div_ceil(9).max(1) == 0 {
            svg.text(x + slot / 2.0, floor + 16.0, "middle", 12.0, "", &bin.name);
        }
    }
    legend(&mut svg, left, 6.0, safe, bad);
    let note = format!("{} {} of the rows would have to move for the two to be alike.", caption.note, percent(apart));
    Chart { id: caption.id, title: caption.title.into(), note, svg: svg.finish(), table, is_wide: false }
}

fn legend(svg: &mut Svg, x: f64, y: f64, safe: u64, bad: u64) {
    for (at, (colour, told)) in [
        ("var(--chart-safe)", format!("safe, {} rows", thousands(safe))),
        ("var(--chart-unsafe)", format!("unsafe, {} rows", thousands(bad))),
    ]
    .into_iter()
    .enumerate()
    {
        let x = x + 200.0 * at as f64;
        svg.rect(x, y, 12.0, 12.0, colour, "");
        svg.text(x + 18.0, y + 10.5, "start", 12.0, "", &told);
    }
}

/// Most bars of one chart; its table has them all.
pub(crate) const BARS: usize = 24;

/// Safe and unsafe rows by value, one on the other, the unsafe share beside.
pub(crate) fn stacked(caption: Caption<'_>, head: &str, rows: &[Pair]) -> Chart {
    let mut table = Table::new(&[head, "safe rows", "unsafe rows", "unsafe share"]);
    for row in rows {
        table.push([json!(row.name), json!(row.safe), json!(row.bad), rounded(share(row.bad, row.safe + row.bad), 4)]);
    }
    let drawn = &rows[..rows.len().min(BARS)];
    let most = drawn.iter().map(|row| row.safe + row.bad).max().unwrap_or_default().max(1);
    let (left, top, line, width) = (NAMES, 30.0, 22.0, 640.0);
    let long = width - left - 120.0;
    let rest = if rows.len() > BARS { 20.0 } else { 0.0 };
    let (safe, bad) = rows.iter().fold((0, 0), |(safe, bad), row| (safe + row.safe, bad + row.bad));
    let told =
        format!("{} values; the bars show rows, safe first. Of all rows {} are unsafe.", rows.len(), percent(share(bad, safe + bad)));
    let mut svg = Svg::new(caption, &told, width, top + line * drawn.len() as f64 + rest + 6.0);
    legend(&mut svg, 8.0, 6.0, safe, bad);
    for (at, row) in drawn.iter().enumerate() {
        let y = top + line * at as f64;
        let (one, two) = (long * row.safe as f64 / most as f64, long * row.bad as f64 / most as f64);
        svg.text(left - 8.0, y + 14.0, "end", 12.0, "", &row.name);
        svg.rect(left, y + 2.0, one, line - 6.0, "var(--chart-safe)", &format!("{}: {} safe rows", row.name, thousands(row.safe)));
        svg.rect(left + one, y + 2.0, two, line - 6.0, "var(--chart-unsafe)", &format!("{}: {} unsafe rows", row.name, thousands(row.bad)));
        let told = format!("{} · {}", compact(row.safe + row.bad), percent(share(row.bad, row.safe + row.bad)));
        svg.text(left + one + two + 6.0, y + 14.0, "start", 12.0, "", &told);
    }
    if rows.len() > BARS {
        let y = top + line * drawn.len() as f64 + 14.0;
        svg.text(left, y, "start", 12.0, "", &format!("and {} more in the table", rows.len() - BARS));
    }
    Chart { id: caption.id, title: caption.title.into(), note: caption.note.into(), svg: svg.finish(), table, is_wide: false }
}

/// One bar of [`bars`].
#[derive(Debug, Clone)]
pub(crate) struct Bar {
    pub name: String,
    pub value: f64,
    /// Half the width of the whisker.
    pub deviation: f64,
    pub limit: Option<f64>,
    /// Said in words behind the value.
    pub word: &'static str,
}

/// Where bars begin and end, and where chance lies.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scale {
    pub from: f64,
    pub to: f64,
    /// Bars grow from here, where a line stands.
    pub base: f64,
    pub base_name: &'static str,
    pub digits: usize,
}

/// Values as bars from a line that says what chance would give, with whiskers and limits.
pub(crate) fn bars(caption: Caption<'_>, scale: Scale, rows: &[Bar], table: Table) -> Chart {
    let drawn = &rows[..rows.len().min(BARS)];
    let (left, top, line, width) = (NAMES, 30.0, 22.0, 640.0);
    let long = width - left - 120.0;
    let x = |value: f64| left + long * ((value - scale.from) / (scale.to - scale.from)).clamp(0.0, 1.0);
    let highest = rows.iter().filter(|bar| bar.value.is_finite()).max_by(|a, b| a.value.total_cmp(&b.value));
    let told = highest.map_or_else(
        || "Nothing to show.".to_owned(),
        |bar| format!("{} bars; the highest is {} with {:.*}.", rows.len(), bar.name, scale.digits, bar.value),
    );
    let bottom = top + line * drawn.len() as f64;
    let mut svg = Svg::new(caption, &told, width, bottom + 10.0);
    svg.text(x(scale.base), 16.0, if scale.base > scale.from { "middle" } else { "start" }, 12.0, "", scale.base_name);
    for (at, bar) in drawn.iter().enumerate() {
        let y = top + line * at as f64;
        svg.text(left - 8.0, y + 14.0, "end", 12.0, "", &bar.name);
        if bar.value.is_finite() {
            let (one, two) = (x(bar.value).min(x(scale.base)), x(bar.value).max(x(scale.base)));
            let is_over = bar.word == "over" || bar.limit.is_some_and(|limit| bar.value > limit);
            let colour = if is_over { "var(--chart-unsafe)" } else { "var(--chart-safe)" };
            let limit = bar.limit.map_or_else(String::new, |limit| format!(", limit {limit:.2}"));
            svg.rect(one, y + 3.0, two - one, line - 8.0, colour, &format!("{}: {:.*}{limit}", bar.name, scale.digits, bar.value));
            if bar.deviation.is_finite() && bar.deviation > 0.0 {
                let middle = y + line / 2.0 - 1.0;
                svg.line(x(bar.value - bar.deviation), middle, x(bar.value + bar.deviation), middle, "stroke=\"currentColor\"");
            }
            let beyond = x(bar.value + if bar.deviation.is_finite() { bar.deviation } else { 0.0 }).max(two);
            let beyond = bar.limit.map_or(beyond, |limit| beyond.max(x(limit)));
            svg.text(beyond + 6.0, y + 14.0, "start", 12.0, "", format!("{:.*} {}", scale.digits, bar.value, bar.word).trim_end());
        } else {
            svg.text(x(scale.base) + 6.0, y + 14.0, "start", 12.0, "", "none");
        }
        if let Some(limit) = bar.limit {
            svg.line(x(limit), y + 1.0, x(limit), y + line - 3.0, "stroke=\"var(--chart-line)\" stroke-width=\"2\"");
        }
    }
    svg.line(x(scale.base), 22.0, x(scale.base), bottom, "stroke=\"currentColor\" stroke-dasharray=\"4 3\"");
    Chart { id: caption.id, title: caption.title.into(), note: caption.note.into(), svg: svg.finish(), table, is_wide: false }
}

/// A stop of a [`flow`].
#[derive(Debug, Clone)]
pub(crate) struct Node {
    /// From left to right.
    pub column: usize,
    pub name: String,
    pub rows: u64,
    /// Rows that fell out.
    pub is_lost: bool,
}

/// Rows on their way from node to node, as wide as they are many.
pub(crate) fn flow(caption: Caption<'_>, nodes: &[Node], links: &[(usize, usize, u64)]) -> Chart {
    let mut table = Table::new(&["from", "to", "rows"]);
    for (from, to, rows) in links {
        table.push([json!(nodes[*from].name), json!(nodes[*to].name), json!(rows)]);
    }
    let (tall, wide, bar, apart) = (260.0, 900.0, 12.0, 6.0);
    let columns = nodes.iter().map(|node| node.column).max().map_or(1, |last| last + 1);
    let sum = |column: usize| nodes.iter().filter(|node| node.column == column).map(|node| node.rows).sum::<u64>();
    let scale = tall / (0..columns).map(sum).max().unwrap_or_default().max(1) as f64;
    let x = |column: usize| 10.0 + (wide - 240.0) * column as f64 / (columns.max(2) - 1) as f64;

    let mut tops = vec![0.0; nodes.len()];
    let mut below = vec![10.0; columns];
    for (top, node) in tops.iter_mut().zip(nodes) {
        *top = below[node.column];
        // A label must fit beside every node, however few rows it has.
        below[node.column] += (node.rows as f64 * scale).max(14.0) + apart;
    }
    let height = below.iter().copied().fold(0.0, f64::max) + 10.0;
    let first = nodes.first().map_or(0, |node| node.rows);
    let lost: u64 = nodes.iter().filter(|node| node.is_lost && node.column == 1).map(|node| node.rows).sum();
    let told = format!("Of {} candidates {} fell out; the others went to the shards.", thousands(first), thousands(lost));
    let mut svg = Svg::new(caption, &told, wide, height);

    let (mut out, mut into) = (tops.clone(), tops.clone());
    for (from, to, rows) in links {
        let thick = (*rows as f64 * scale).max(1.0);
        let (x0, x1) = (x(nodes[*from].column) + bar, x(nodes[*to].column));
        let (y0, y1, middle) = (out[*from], into[*to], (x0 + x1) / 2.0);
        out[*from] += *rows as f64 * scale;
        into[*to] += *rows as f64 * scale;
        let colour = if nodes[*to].is_lost { "var(--chart-unsafe)" } else { "var(--chart-safe)" };
        let path = format!(
            "M{x0:.1} {y0:.1}C{middle:.1} {y0:.1} {middle:.1} {y1:.1} {x1:.1} {y1:.1}V{:.1}C{middle:.1} {:.1} {middle:.1} {:.1} {x0:.1} {:.1}Z",
            y1 + thick,
            y1 + thick,
            y0 + thick,
            y0 + thick
        );
        svg.path(&path, colour, &format!("{} to {}: {} rows", nodes[*from].name, nodes[*to].name, thousands(*rows)));
    }
    for (node, top) in nodes.iter().zip(&tops) {
        let thick = (node.rows as f64 * scale).max(1.0);
        let colour = if node.is_lost { "var(--chart-unsafe)" } else { "var(--chart-safe)" };
        svg.rect(x(node.column), *top, bar, thick, colour, &format!("{}: {} rows", node.name, thousands(node.rows)));
        let label = format!("{} {}", node.name, thousands(node.rows));
        let halo = "paint-order=\"stroke\" stroke=\"var(--surface, Canvas)\" stroke-width=\"3\"";
        svg.text(x(node.column) + bar + 6.0, top + (thick / 2.0).max(6.0) + 4.0, "start", 12.0, halo, &label);
    }
    Chart { id: caption.id, title: caption.title.into(), note: caption.note.into(), svg: svg.finish(), table, is_wide: true }
}

/// An SVG being drawn. All text that goes in is escaped here.
struct Svg {
    out: String,
}

impl Svg {
    fn new(caption: Caption<'_>, told: &str, width: f64, height: f64) -> Self {
        let id = caption.id;
        Self {
            out: format!(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" aria-labelledby=\"chart-{id}-title chart-{id}-desc\" viewBox=\"0 0 {width:.0} {height:.0}\" \
                 font-family=\"inherit\"><title id=\"chart-{id}-title\">{}</title><desc id=\"chart-{id}-desc\">{}</desc>",
                html(caption.title),
                html(told)
            ),
        }
    }

    /// A rectangle; what is told of it is shown when one points at it.
    fn rect(&mut self, x: f64, y: f64, width: f64, height: f64, fill: &str, told: &str) {
        let _ = write!(self.out, "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" fill=\"{fill}\"");
        self.told(told, "rect");
    }

    fn path(&mut self, path: &str, fill: &str, told: &str) {
        let _ = write!(self.out, "<path d=\"{path}\" fill=\"{fill}\" fill-opacity=\"0.4\"");
        self.told(told, "path");
    }

    fn told(&mut self, told: &str, element: &str) {
        if told.is_empty() {
            self.out.push_str("/>");
        } else {
            let _ = write!(self.out, "><title>{}</title></{element}>", html(told));
        }
    }

    fn line(&mut self, x1: f64, y1: f64, x2: f64, y2: f64, more: &str) {
        let _ = write!(self.out, "<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" {more}/>");
    }

    fn text(&mut self, x: f64, y: f64, anchor: &str, size: f64, more: &str, text: &str) {
        let fill = if more.contains("fill=") { "" } else { " fill=\"currentColor\"" };
        let _ = write!(
            self.out,
            "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\" font-size=\"{size}\"{fill} {more}>{}</text>",
            html(&shorten(text, 34))
        );
    }

    fn finish(mut self) -> String {
        self.out.push_str("</svg>");
        self.out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CAPTION: Caption<'static> = Caption { id: "test", title: "A <title>", note: "How to read it." };
    const HOSTILE: &str = "</svg><script>x</script>\u{202e}\" onload='x'";

    /// Every chart has its title, its description and no markup but its own.
    #[track_caller]
    fn is_sound(chart: &Chart) {
        let whole = chart.html();
        assert!(whole.contains("<title id=\"chart-test-title\">A &lt;title&gt;</title><desc id=\"chart-test-desc\">"), "{whole}");
        assert!(whole.contains("<details><summary>") && whole.contains("<caption>A &lt;title&gt;</caption>"));
        assert!(!whole.contains("<script") && !whole.contains('\u{202e}'), "{whole}");
        assert_eq!(whole.matches("</svg>").count(), 1);
        assert!(!whole.contains("NaN") && !whole.contains("inf\""), "{whole}");
        for (open, close) in [("<rect ", "/>"), ("<text ", "</text>"), ("<title", "</title>"), ("<tr>", "</tr>")] {
            assert!(open == "<rect " || whole.matches(open).count() == whole.matches(close).count(), "{open} is not closed in {whole}");
        }
    }

    #[test]
    fn a_heat_map_shows_its_table() {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let chart = heat_map(CAPTION, &names(&["a", HOSTILE]), &names(&["x", "y"]), &[vec![0, 1], vec![20, 3000]]);
        is_sound(&chart);
        assert_eq!(chart.table.head, ["class", "x", "y"]);
        assert_eq!(chart.table.rows[1], [json!(HOSTILE), json!(20), json!(3000)]);
        assert!(chart.svg.contains("a, y: 1 rows") && chart.svg.contains(": 3,000 rows"));
        assert!(chart.svg.contains("var(--seq0)") && chart.svg.contains("var(--seq6)"));
    }

    #[test]
    fn shades_rise_with_rows_and_only_nothing_is_empty() {
        let shades: Vec<usize> = [0, 1, 10, 100, 1000, 100_000].map(|rows| heat(rows, 100_000)).into();
        assert!(shades.is_sorted() && shades[0] == 0 && shades[1] == 1 && shades[5] == 6, "{shades:?}");
        assert_eq!(heat(1, 1), 6);
    }

    #[test]
    fn a_histogram_compares_shares_not_rows() {
        let bin = |name: &str, safe, bad| Pair { name: name.into(), safe, bad };
        let chart = histogram(CAPTION, &[bin("0", 10, 1), bin(HOSTILE, 10, 1)]);
        is_sound(&chart);
        assert!(chart.note.ends_with("0.0 % of the rows would have to move for the two to be alike."), "{}", chart.note);
        assert_eq!(chart.table.rows[0], [json!("0"), json!(10), json!(1), json!(0.5), json!(0.5)]);
        let chart = histogram(CAPTION, &[bin("0", 10, 0), bin("1", 0, 1)]);
        assert!(chart.note.contains("100.0 %"), "{}", chart.note);
        is_sound(&histogram(CAPTION, &[]));
    }

    #[test]
    fn stacked_bars_keep_every_value_in_the_table() {
        let rows: Vec<Pair> = (0..40).map(|at| Pair { name: format!("{HOSTILE}{at}"), safe: 1, bad: at }).collect();
        let chart = stacked(CAPTION, "voice", &rows);
        is_sound(&chart);
        assert_eq!(chart.table.rows.len(), 40);
        assert!(chart.svg.contains("and 16 more in the table"));
        is_sound(&stacked(CAPTION, "voice", &[]));
    }

    #[test]
    fn bars_have_a_chance_line_and_bear_what_is_no_number() {
        let bar = |name: &str, value, limit| Bar { name: name.into(), value, deviation: 0.01, limit, word: "" };
        let scale = Scale { from: 0.4, to: 1.0, base: 0.5, base_name: "chance 0.5", digits: 3 };
        let rows = [bar(HOSTILE, 0.7, Some(0.6)), bar("b", f64::NAN, None), bar("c", 7.0, Some(0.6))];
        let chart = bars(CAPTION, scale, &rows, Table::new(&["view"]));
        is_sound(&chart);
        assert!(chart.svg.contains("chance 0.5") && chart.svg.contains("stroke-dasharray") && chart.svg.contains("var(--chart-line)"));
        assert!(chart.svg.contains("0.700, limit 0.60"));
    }

    #[test]
    fn a_flow_tells_every_link() {
        let node = |column, name: &str, rows, is_lost| Node { column, name: name.into(), rows, is_lost };
        let nodes = [node(0, "made", 10, false), node(1, "kept", 9, false), node(1, HOSTILE, 1, true), node(2, "train", 9, false)];
        let chart = flow(CAPTION, &nodes, &[(0, 1, 9), (0, 2, 1), (1, 3, 9)]);
        is_sound(&chart);
        assert_eq!(
            chart.table.rows,
            [
                [json!("made"), json!("kept"), json!(9)],
                [json!("made"), json!(HOSTILE), json!(1)],
                [json!("kept"), json!("train"), json!(9)]
            ]
        );
        assert!(chart.svg.contains("made to kept: 9 rows") && chart.svg.contains("Of 10 candidates 1 fell out"));
        is_sound(&flow(CAPTION, &[], &[]));
    }
}
