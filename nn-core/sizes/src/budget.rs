//! What a network may cost, and the words for one that costs more.

use crate::Message;

/// What a budget limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// Numbers in the parameter block.
    Parameters,
    /// Multiply–adds of the prediction of one sample.
    MultiplyAdds,
    /// Bytes of workspace for the prediction of one sample.
    Workspace,
    /// Bytes of the stored parameters.
    Flash,
}

impl Quantity {
    /// All of them, in the order of the documentation.
    pub const ALL: [Self; 4] = [Self::Parameters, Self::MultiplyAdds, Self::Workspace, Self::Flash];

    /// Its name in a budget.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Parameters => "parameters",
            Self::MultiplyAdds => "multiply_adds",
            Self::Workspace => "workspace",
            Self::Flash => "flash",
        }
    }

    /// Whether it is counted in bytes.
    pub const fn in_bytes(self) -> bool {
        matches!(self, Self::Workspace | Self::Flash)
    }

    /// What stands before and behind the number in a sentence about a network.
    const fn sentence(self) -> (&'static str, &'static str) {
        match self {
            Self::Parameters => (" has ", " parameters"),
            Self::MultiplyAdds => (" takes ", " multiply-adds for a sample"),
            Self::Workspace => (" wants ", " B of workspace for a sample"),
            Self::Flash => (" takes ", " B of flash"),
        }
    }
}

/// A limit of a network's budget.
#[derive(Clone, Copy, Debug)]
pub struct Limit<'a> {
    /// The name of the network.
    pub network: &'a str,
    /// What is limited.
    pub quantity: Quantity,
    /// The most it may be.
    pub amount: u64,
    /// The same as it is written: `64 KiB`.
    pub text: &'a str,
}

/// The part of a cost that one layer has.
#[derive(Clone, Copy, Debug)]
pub struct Share<'a> {
    /// What costs it: `conv1: conv(30, 5)`.
    pub of: &'a str,
    /// How much.
    pub amount: u64,
}

impl Limit<'_> {
    /// What to say of a network that costs `total`; nothing if it keeps to the limit.
    pub const fn excess(&self, total: u64, shares: &[Share]) -> Option<Message> {
        if total <= self.amount {
            return None;
        }
        let unit = if self.quantity.in_bytes() { " B" } else { "" };
        let (before, behind) = self.quantity.sentence();
        let mut message = Message::new();
        message.text(self.network);
        message.text(before);
        message.number(total);
        message.text(behind);
        message.text(", ");
        message.number(total - self.amount);
        message.text(unit);
        message.text(" more than its budget of ");
        message.text(self.text);
        if let Some(share) = largest(shares) {
            message.text("\nthe most, ");
            message.number(share.amount);
            message.text(unit);
            message.text(" (");
            message.number((share.amount as u128 * 100 / total as u128) as u64);
            message.text(" %), goes to ");
            message.text(share.of);
        }
        message.text("\nhelp: make that smaller, or allow `");
        message.text(self.quantity.name());
        message.text(" = ");
        message.number(total);
        message.text(unit);
        message.text("`");
        Some(message)
    }
}

/// The first of the largest.
const fn largest<'a, 'b>(shares: &'a [Share<'b>]) -> Option<&'a Share<'b>> {
    let Some(mut largest) = shares.first() else { return None };
    let mut i = 1;
    while i < shares.len() {
        if shares[i].amount > largest.amount {
            largest = &shares[i];
        }
        i += 1;
    }
    Some(largest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_by_how_much_and_what_costs_most() {
        let limit = Limit { network: "Digits", quantity: Quantity::Workspace, amount: 1024, text: "1 KiB" };
        let shares = [("conv1: conv(3, 3)", 500), ("pool1: pool(2)", 1000)].map(|(of, amount)| Share { of, amount });
        assert!(limit.excess(1024, &shares).is_none());
        let message = limit.excess(1500, &shares).expect("too much");
        let expected = "Digits wants 1500 B of workspace for a sample, 476 B more than its budget of 1 KiB
the most, 1000 B (66 %), goes to pool1: pool(2)
help: make that smaller, or allow `workspace = 1500 B`";
        assert_eq!(message.as_str(), expected);
    }
}
