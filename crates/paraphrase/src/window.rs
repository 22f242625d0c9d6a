use std::collections::VecDeque;

use guardset_core::Limits;

use crate::Stop;

/// The last tries, and whether too many of them failed.
#[derive(Debug)]
pub(crate) struct Window {
    size: usize,
    share: f64,
    /// For each try, the number of its request where it failed.
    tries: VecDeque<Option<u64>>,
    errors: usize,
}

/// Fewer tries than this say nothing, unless the window is smaller.
const FEW: usize = 10;

impl Window {
    pub(crate) fn new(limits: &Limits) -> Self {
        let size = if limits.errors > 0.0 { limits.window } else { 0 };
        Self { size, share: limits.errors, tries: VecDeque::with_capacity(size.min(1 << 16)), errors: 0 }
    }

    /// Takes in a try that went well.
    pub(crate) fn good(&mut self) {
        self.push(None);
    }

    /// Takes in a try of this request that failed, and says whether that makes too many. One request alone never does.
    pub(crate) fn bad(&mut self, request: u64, detail: &str) -> Option<Stop> {
        self.push(Some(request));
        let (errors, of) = (self.errors, self.tries.len());
        let over = of >= self.size.min(FEW) && errors as f64 > self.share * of as f64;
        let alone = || self.tries.iter().flatten().all(|&other| other == request);
        (self.size > 0 && over && !alone()).then(|| Stop::Errors { errors, of, last: detail.to_owned() })
    }

    fn push(&mut self, bad: Option<u64>) {
        if self.size == 0 {
            return;
        }
        if self.tries.len() == self.size {
            self.errors -= usize::from(self.tries.pop_front().flatten().is_some());
        }
        self.errors += usize::from(bad.is_some());
        self.tries.push_back(bad);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(errors: f64, window: usize) -> Window {
        Window::new(&Limits { errors, window, ..Limits::default() })
    }

    #[test]
    fn a_share_over_the_limit_ends_it() {
        let mut window = window(0.5, 50);
        assert!((0..9).all(|request| window.bad(request, "x").is_none()), "nine tries say nothing");
        assert_eq!(window.bad(9, "last"), Some(Stop::Errors { errors: 10, of: 10, last: "last".into() }));
    }

    #[test]
    fn the_window_slides() {
        let mut window = window(0.5, 4);
        assert!(window.bad(0, "x").is_none());
        window.good();
        window.good();
        assert!(window.bad(1, "x").is_none(), "half is not over half");
        assert!(window.bad(2, "x").is_none(), "the first failure has gone");
        assert!(window.bad(3, "x").is_some());
    }

    #[test]
    fn one_request_never_ends_it() {
        let mut window = window(0.1, 4);
        assert!((0..20).all(|_| window.bad(7, "x").is_none()));
        assert!(window.bad(8, "x").is_some());
    }

    #[test]
    fn zero_is_no_limit() {
        for mut window in [window(0.0, 50), window(0.5, 0)] {
            assert!((0..100).all(|request| window.bad(request, "x").is_none()));
        }
    }
}
