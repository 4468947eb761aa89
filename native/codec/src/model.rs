//! What decoding makes and encoding takes apart: Python's objects (crate `codec-py`), or plain values
//! ([`crate::Value`]) for tests and fuzzing. The engine is compiled for each of them.

/// The bytes are not what they claim to be, or a value cannot be written.
///
/// Which field it is and what is wrong with it the Python engine tells, which is asked when it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused;

/// The value of a match field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry<'a> {
    /// All bits count.
    Exact(u128),
    /// A value, and the bits of it that count.
    Masked(u128, u128),
    /// The payload of a field that is not known.
    Raw(&'a [u8]),
}

/// Which match field an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Name<'a> {
    /// One of [`crate::Fields`], by its index.
    Known(usize),
    /// One that is not known, by the name that its numbers make.
    Other(&'a str),
}

/// What kind of element a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One of the family's members, by its index.
    Member(usize),
    /// An element of unknown type.
    Raw,
}

/// Makes values of what is read. Classes and families go by their index in the plan.
///
/// What fails ends the reading of the whole message.
#[expect(clippy::missing_errors_doc, reason = "said once, above")]
pub trait Make {
    /// A value of any type.
    type Value;
    /// A match on its way.
    type Entries;
    /// Why it went no further.
    type Error: From<Refused>;

    /// An integer.
    fn int(&self, value: u64) -> Self::Value;
    /// An integer of 128 bits.
    fn wide(&self, value: u128) -> Self::Value;
    /// Bytes.
    fn bytes(&self, bytes: &[u8]) -> Self::Value;
    /// Text, which may be no UTF-8.
    fn text(&self, bytes: &[u8]) -> Result<Self::Value, Self::Error>;
    /// A list.
    fn list(&self, items: std::vec::Drain<'_, Self::Value>) -> Result<Self::Value, Self::Error>;
    /// An object of a class; `values` are its fields in the order of the steps, then a message's xid.
    fn object(
        &self,
        class: usize,
        values: std::vec::Drain<'_, Self::Value>,
    ) -> Result<Self::Value, Self::Error>;
    /// An element of unknown type.
    fn raw(&self, family: usize, code: u16, data: &[u8]) -> Result<Self::Value, Self::Error>;
    /// An error of the catalogue, or its numbers.
    fn error(&self, code: u16, detail: u16) -> Result<Self::Value, Self::Error>;
    /// An object of a foreign class that begins at `start`, and where it stops.
    fn foreign(
        &self,
        class: usize,
        data: &[u8],
        start: usize,
        end: usize,
    ) -> Result<(Self::Value, usize), Self::Error>;
    /// A match without entries.
    fn entries(&self) -> Self::Entries;
    /// One more entry; false if there is one of that name. Known ones come once.
    fn enter(
        &self,
        entries: &mut Self::Entries,
        name: Name<'_>,
        entry: Entry<'_>,
    ) -> Result<bool, Self::Error>;
    /// The match with these entries, and the bytes of 1.0's match that it was.
    fn matching(
        &self,
        entries: Self::Entries,
        fixed: Option<&[u8]>,
    ) -> Result<Self::Value, Self::Error>;
    /// The name of a field, as text.
    fn name(&self, name: Name<'_>) -> Self::Value;
    /// The value of a field that is set.
    fn entry(&self, entry: Entry<'_>) -> Result<Self::Value, Self::Error>;
}

/// Takes values apart that are to be written.
///
/// What fails, as a value of another type than is asked for, ends the writing of the whole message.
#[expect(clippy::missing_errors_doc, reason = "said once, above")]
pub trait Take {
    /// A value of any type.
    type Value<'a>: Copy
    where
        Self: 'a;
    /// The fields of an object in the order of the steps, then those that the version lacks.
    type Record;
    /// Why it went no further.
    type Error: From<Refused>;

    /// The fields of an object of exactly this class.
    fn record(&self, class: usize, value: Self::Value<'_>) -> Result<Self::Record, Self::Error>;
    /// One of the fields.
    fn field<'a>(
        &'a self,
        record: &'a Self::Record,
        index: usize,
    ) -> Result<Self::Value<'a>, Self::Error>;
    /// Whether the field that the version lacks has its default.
    fn is_default(
        &self,
        class: usize,
        record: &Self::Record,
        index: usize,
    ) -> Result<bool, Self::Error>;
    /// Which element of a family it is.
    fn kind(&self, family: usize, value: Self::Value<'_>) -> Result<Kind, Self::Error>;
    /// Append what follows the header of an element of unknown type; its code.
    fn raw(
        &self,
        family: usize,
        value: Self::Value<'_>,
        out: &mut Vec<u8>,
    ) -> Result<u16, Self::Error>;
    /// An integer from 0 up.
    fn int(&self, value: Self::Value<'_>) -> Result<u64, Self::Error>;
    /// An integer of up to 128 bits.
    fn wide(&self, value: Self::Value<'_>) -> Result<u128, Self::Error>;
    /// Bytes.
    fn bytes<'a>(&self, value: Self::Value<'a>) -> Result<&'a [u8], Self::Error>
    where
        Self: 'a;
    /// Text, as its bytes.
    fn text<'a>(&self, value: Self::Value<'a>) -> Result<&'a [u8], Self::Error>
    where
        Self: 'a;
    /// Hand over the items of a list.
    fn items<F>(&self, value: Self::Value<'_>, each: F) -> Result<(), Self::Error>
    where
        F: FnMut(Self::Value<'_>) -> Result<(), Self::Error>;
    /// Append the bytes of an object of a foreign class.
    fn foreign(
        &self,
        class: usize,
        value: Self::Value<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), Self::Error>;
    /// The numbers of an error.
    fn error(&self, value: Self::Value<'_>) -> Result<(u16, u16), Self::Error>;
    /// Hand over the entries of a match.
    fn entries<F>(&self, value: Self::Value<'_>, each: F) -> Result<(), Self::Error>
    where
        F: FnMut(Name<'_>, Entry<'_>) -> Result<(), Self::Error>;
    /// Append the `size` bytes of 1.0's or 1.1's match that a match was read from; false if it was from none.
    fn fixed(
        &self,
        value: Self::Value<'_>,
        size: usize,
        out: &mut Vec<u8>,
    ) -> Result<bool, Self::Error>;
    /// The entry that is one field by its name, and its value.
    fn entry<F>(
        &self,
        name: Self::Value<'_>,
        value: Self::Value<'_>,
        each: F,
    ) -> Result<(), Self::Error>
    where
        F: FnMut(Name<'_>, Entry<'_>) -> Result<(), Self::Error>;
}
