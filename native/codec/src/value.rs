//! Messages as plain values, for tests and fuzzing: the simplest [`Make`] and [`Take`] that there are.

use crate::model::{Entry, Kind, Make, Name, Refused, Take};
use crate::plan::Plan;

/// A value of any type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// An integer.
    Int(u128),
    /// Bytes.
    Bytes(Vec<u8>),
    /// Text.
    Text(Vec<u8>),
    /// A list.
    List(Vec<Value>),
    /// An object of a class: its fields in the order of the steps; a message's xid comes last.
    Object(usize, Vec<Value>),
    /// An element of unknown type.
    Raw(u16, Vec<u8>),
    /// The bytes of an object that is not read here.
    Foreign(usize, Vec<u8>),
    /// The numbers of an error.
    Error(u16, u16),
    /// The value of a match field, and its mask if it has one.
    Field(u128, Option<u128>),
    /// A match: its entries by name, and the bytes of the fixed match that it was.
    Match(Vec<(String, Value)>, Option<Vec<u8>>),
}

impl Value {
    /// The index of an object's class.
    pub const fn class(&self) -> Option<usize> {
        match self {
            Self::Object(class, _) => Some(*class),
            _ => None,
        }
    }

    fn of(entry: Entry<'_>) -> Self {
        match entry {
            Entry::Exact(value) => Self::Field(value, None),
            Entry::Masked(value, mask) => Self::Field(value, Some(mask)),
            Entry::Raw(payload) => Self::Bytes(payload.to_vec()),
        }
    }

    fn as_entry(&self) -> Result<Entry<'_>, Refused> {
        match self {
            Self::Field(value, None) => Ok(Entry::Exact(*value)),
            Self::Field(value, Some(mask)) => Ok(Entry::Masked(*value, *mask)),
            Self::Bytes(payload) => Ok(Entry::Raw(payload)),
            _ => Err(Refused),
        }
    }
}

/// Plain values of the plan's version.
#[derive(Clone, Copy, Debug)]
pub struct Plain<'a>(
    /// What the version has.
    pub &'a Plan,
);

impl Plain<'_> {
    fn called(self, name: Name<'_>) -> String {
        match name {
            Name::Known(field) => self.0.fields().all()[field].name.clone(),
            Name::Other(name) => name.to_owned(),
        }
    }

    fn named(self, name: &str) -> Name<'_> {
        self.0.fields().find(name).map_or(Name::Other(name), Name::Known)
    }
}

impl Make for Plain<'_> {
    type Value = Value;
    type Entries = Vec<(String, Value)>;
    type Error = Refused;

    fn int(&self, value: u64) -> Value {
        Value::Int(value.into())
    }

    fn wide(&self, value: u128) -> Value {
        Value::Int(value)
    }

    fn bytes(&self, bytes: &[u8]) -> Value {
        Value::Bytes(bytes.to_vec())
    }

    fn text(&self, bytes: &[u8]) -> Result<Value, Refused> {
        Ok(Value::Text(bytes.to_vec()))
    }

    fn list(&self, items: std::vec::Drain<'_, Value>) -> Result<Value, Refused> {
        Ok(Value::List(items.collect()))
    }

    fn object(&self, class: usize, values: std::vec::Drain<'_, Value>) -> Result<Value, Refused> {
        Ok(Value::Object(class, values.collect()))
    }

    fn raw(&self, _family: usize, code: u16, data: &[u8]) -> Result<Value, Refused> {
        Ok(Value::Raw(code, data.to_vec()))
    }

    fn error(&self, code: u16, detail: u16) -> Result<Value, Refused> {
        Ok(Value::Error(code, detail))
    }

    fn foreign(
        &self,
        class: usize,
        data: &[u8],
        start: usize,
        end: usize,
    ) -> Result<(Value, usize), Refused> {
        let bytes = data.get(start..end).ok_or(Refused)?;
        Ok((Value::Foreign(class, bytes.to_vec()), end))
    }

    fn entries(&self) -> Self::Entries {
        Vec::new()
    }

    fn enter(
        &self,
        entries: &mut Self::Entries,
        name: Name<'_>,
        entry: Entry<'_>,
    ) -> Result<bool, Refused> {
        let name = self.called(name);
        if entries.iter().any(|known| known.0 == name) {
            return Ok(false);
        }
        entries.push((name, Value::of(entry)));
        Ok(true)
    }

    fn matching(&self, entries: Self::Entries, fixed: Option<&[u8]>) -> Result<Value, Refused> {
        Ok(Value::Match(entries, fixed.map(<[u8]>::to_vec)))
    }

    fn name(&self, name: Name<'_>) -> Value {
        Value::Text(self.called(name).into_bytes())
    }

    fn entry(&self, entry: Entry<'_>) -> Result<Value, Refused> {
        Ok(Value::of(entry))
    }
}

impl Take for Plain<'_> {
    type Value<'a>
        = &'a Value
    where
        Self: 'a;
    type Record = Vec<Value>;
    type Error = Refused;

    fn record(&self, class: usize, value: &Value) -> Result<Vec<Value>, Refused> {
        match value {
            Value::Object(of, fields) if *of == class => Ok(fields.clone()),
            _ => Err(Refused),
        }
    }

    fn field<'a>(&'a self, record: &'a Vec<Value>, index: usize) -> Result<&'a Value, Refused> {
        record.get(index).ok_or(Refused)
    }

    fn is_default(
        &self,
        _class: usize,
        _record: &Vec<Value>,
        _index: usize,
    ) -> Result<bool, Refused> {
        Ok(true)
    }

    fn kind(&self, family: usize, value: &Value) -> Result<Kind, Refused> {
        match value {
            Value::Raw(..) => Ok(Kind::Raw),
            Value::Object(class, _) | Value::Foreign(class, _) => {
                let members = self.0.families()[family].members();
                let found = members.iter().position(|member| member.class == *class);
                found.map(Kind::Member).ok_or(Refused)
            }
            _ => Err(Refused),
        }
    }

    fn raw(&self, _family: usize, value: &Value, out: &mut Vec<u8>) -> Result<u16, Refused> {
        let Value::Raw(code, data) = value else { return Err(Refused) };
        out.extend_from_slice(data);
        Ok(*code)
    }

    fn int(&self, value: &Value) -> Result<u64, Refused> {
        Take::wide(self, value).and_then(|value| u64::try_from(value).map_err(|_| Refused))
    }

    fn wide(&self, value: &Value) -> Result<u128, Refused> {
        if let Value::Int(value) = value { Ok(*value) } else { Err(Refused) }
    }

    fn bytes<'a>(&self, value: &'a Value) -> Result<&'a [u8], Refused>
    where
        Self: 'a,
    {
        if let Value::Bytes(bytes) = value { Ok(bytes) } else { Err(Refused) }
    }

    fn text<'a>(&self, value: &'a Value) -> Result<&'a [u8], Refused>
    where
        Self: 'a,
    {
        if let Value::Text(text) = value { Ok(text) } else { Err(Refused) }
    }

    fn items<F>(&self, value: &Value, each: F) -> Result<(), Refused>
    where
        F: FnMut(&Value) -> Result<(), Refused>,
    {
        let Value::List(items) = value else { return Err(Refused) };
        items.iter().try_for_each(each)
    }

    fn foreign(&self, class: usize, value: &Value, out: &mut Vec<u8>) -> Result<(), Refused> {
        match value {
            Value::Foreign(of, bytes) if *of == class => {
                out.extend_from_slice(bytes);
                Ok(())
            }
            _ => Err(Refused),
        }
    }

    fn error(&self, value: &Value) -> Result<(u16, u16), Refused> {
        if let Value::Error(code, detail) = value { Ok((*code, *detail)) } else { Err(Refused) }
    }

    fn entries<F>(&self, value: &Value, mut each: F) -> Result<(), Refused>
    where
        F: FnMut(Name<'_>, Entry<'_>) -> Result<(), Refused>,
    {
        let Value::Match(entries, _) = value else { return Err(Refused) };
        entries.iter().try_for_each(|(name, value)| each(self.named(name), value.as_entry()?))
    }

    fn fixed(&self, value: &Value, size: usize, out: &mut Vec<u8>) -> Result<bool, Refused> {
        match value {
            Value::Match(_, Some(bytes)) if bytes.len() == size => {
                out.extend_from_slice(bytes);
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    fn entry<F>(&self, name: &Value, value: &Value, mut each: F) -> Result<(), Refused>
    where
        F: FnMut(Name<'_>, Entry<'_>) -> Result<(), Refused>,
    {
        let Value::Text(name) = name else { return Err(Refused) };
        let name = std::str::from_utf8(name).map_err(|_| Refused)?;
        each(self.named(name), value.as_entry()?)
    }
}
