use std::ops::AddAssign;

use guardset_core::{Limits, Price};

use crate::Stop;

/// What has been used, against the limits of the recipe. 0 is no limit.
///
/// What is in flight is set aside by estimate, so that no number of requests at once can pass a limit that each alone would
/// keep.
#[derive(Debug)]
pub struct Budget {
    limits: Limits,
    price: Price,
    spent: Spent,
    reserved: Tokens,
}

/// What has been used so far.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Spent {
    /// Requests sent, those among them that failed.
    pub requests: u64,
    /// Tokens sent, as the server counts them.
    pub input_tokens: u64,
    /// Tokens received.
    pub output_tokens: u64,
    /// What that cost, in the currency of the recipe's prices.
    pub money: f64,
}

/// Tokens of one request: estimated, or as the server counted them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tokens {
    /// Sent.
    pub input: u64,
    /// Received.
    pub output: u64,
}

/// Whether a request may be sent.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// Yes; it is counted, and its tokens are set aside until [`Budget::settle`].
    Go,
    /// Not before some of what is in flight has come back and shown to be cheaper than it might be.
    Wait,
    /// No.
    Over(Stop),
}

impl Budget {
    /// Nothing is used yet.
    pub fn new(limits: &Limits, price: &Price) -> Self {
        Self { limits: limits.clone(), price: price.clone(), spent: Spent::default(), reserved: Tokens::default() }
    }

    /// Asks for one request.
    pub fn ask(&mut self, estimate: Tokens) -> Answer {
        let Limits { requests, tokens, money, .. } = self.limits;
        if requests > 0 && self.spent.requests >= requests {
            return Answer::Over(Stop::Requests { limit: requests });
        }
        let (spent, next) = (self.spent.input_tokens + self.spent.output_tokens, estimate.sum());
        if tokens > 0 && spent + next > tokens {
            return Answer::Over(Stop::Tokens { limit: tokens, spent, next });
        }
        let cost = self.cost(estimate);
        if money > 0.0 && self.spent.money + cost > money {
            return Answer::Over(Stop::Money { limit: money, spent: self.spent.money, next: cost });
        }
        let held = self.reserved;
        if tokens > 0 && spent + held.sum() + next > tokens || money > 0.0 && self.spent.money + self.cost(held) + cost > money {
            return Answer::Wait;
        }
        self.spent.requests += 1;
        self.reserved += estimate;
        Answer::Go
    }

    /// Puts what was used in the place of what was set aside; `None` where no reply says so.
    pub fn settle(&mut self, estimate: Tokens, used: Option<Tokens>) {
        self.reserved.input -= estimate.input;
        self.reserved.output -= estimate.output;
        let used = used.unwrap_or_default();
        self.spent.input_tokens += used.input;
        self.spent.output_tokens += used.output;
        // From the sums, not bit by bit: the order in which replies come in must not show.
        self.spent.money = self.cost(Tokens { input: self.spent.input_tokens, output: self.spent.output_tokens });
    }

    /// What is used so far, without what is in flight.
    pub fn spent(&self) -> Spent {
        self.spent
    }

    fn cost(&self, tokens: Tokens) -> f64 {
        (tokens.input as f64 * self.price.input + tokens.output as f64 * self.price.output) / 1e6
    }
}

impl Tokens {
    fn sum(self) -> u64 {
        self.input + self.output
    }
}

impl AddAssign for Tokens {
    fn add_assign(&mut self, other: Self) {
        self.input += other.input;
        self.output += other.output;
    }
}

/// About how many tokens a text has, where nobody counted.
pub(crate) fn estimate(text: &str) -> u64 {
    text.chars().count().div_ceil(4) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: Tokens = Tokens { input: 10, output: 90 };

    fn budget(requests: u64, tokens: u64, money: f64) -> Budget {
        Budget::new(&Limits { requests, tokens, money, ..Limits::default() }, &Price { input: 1000.0, output: 10_000.0 })
    }

    #[test]
    fn requests_run_out() {
        let mut budget = budget(2, 0, 0.0);
        assert_eq!(budget.ask(ONE), Answer::Go);
        budget.settle(ONE, None);
        assert_eq!(budget.ask(ONE), Answer::Go);
        assert_eq!(budget.ask(ONE), Answer::Over(Stop::Requests { limit: 2 }));
        assert_eq!(budget.spent().requests, 2);
    }

    #[test]
    fn tokens_in_flight_are_waited_for() {
        let mut budget = budget(0, 250, 0.0);
        assert_eq!((budget.ask(ONE), budget.ask(ONE), budget.ask(ONE)), (Answer::Go, Answer::Go, Answer::Wait));
        budget.settle(ONE, Some(Tokens { input: 12, output: 20 }));
        assert_eq!((budget.ask(ONE), budget.ask(ONE)), (Answer::Go, Answer::Wait));
        budget.settle(ONE, Some(Tokens { input: 12, output: 80 }));
        budget.settle(ONE, Some(Tokens { input: 12, output: 80 }));
        assert_eq!(budget.ask(ONE), Answer::Over(Stop::Tokens { limit: 250, spent: 216, next: 100 }));
    }

    #[test]
    fn money_is_what_the_prices_say() {
        let mut budget = budget(0, 0, 1.5);
        assert_eq!((budget.ask(ONE), budget.ask(ONE)), (Answer::Go, Answer::Wait));
        budget.settle(ONE, Some(ONE));
        assert_eq!(budget.spent().money, 0.91);
        assert!(matches!(budget.ask(ONE), Answer::Over(Stop::Money { .. })));
    }

    #[test]
    fn estimates_round_up() {
        assert_eq!((estimate(""), estimate("a"), estimate("äöüß"), estimate("abcde")), (0, 1, 1, 2));
    }
}
