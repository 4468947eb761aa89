//! Python objects taken apart to be written.

use codec::{Entry, Kind, Name, Refused, Take};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes, PyDict, PyInt, PyList, PyString, PyTuple};

use crate::making::Failure;
use crate::tables::{Shape, Tables, address};

/// From how many fields on one call in Python is cheaper than a look for each.
const FEW: usize = 3;

/// Takes objects of one version apart.
pub(crate) struct Taking<'a, 'py> {
    py: Python<'py>,
    tables: &'a Tables,
}

/// The fields of an object.
pub(crate) enum Record<'py> {
    /// One after the other.
    Few([Option<Bound<'py, PyAny>>; FEW]),
    /// As one function gave them.
    Many(Bound<'py, PyTuple>),
}

impl<'a, 'py> Taking<'a, 'py> {
    pub(crate) fn new(py: Python<'py>, tables: &'a Tables) -> Self {
        Self { py, tables }
    }

    /// Whether an object has the texts that a class's layout is for.
    fn has_constants(&self, shape: &Shape, value: &Bound<'py, PyAny>) -> Result<bool, Failure> {
        for (name, texts) in &shape.constants {
            let held = value.getattr(name.bind(self.py))?;
            let Ok(held) = held.extract::<&str>() else { return Err(Refused.into()) };
            if !texts.iter().any(|text| text == held) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Hand over an entry by its name.
    #[inline]
    fn named<F>(
        &self,
        name: &Bound<'py, PyAny>,
        entry: Entry<'_>,
        each: &mut F,
    ) -> Result<(), Failure>
    where
        F: FnMut(Name<'_>, Entry<'_>) -> Result<(), Failure>,
    {
        if let Some(&field) = self.tables.fields.get(&address(name)) {
            return each(Name::Known(field), entry);
        }
        let Ok(text) = name.extract::<&str>() else { return Err(Refused.into()) };
        match self.tables.plan.fields().find(text) {
            Some(field) => each(Name::Known(field), entry),
            None => each(Name::Other(text), entry),
        }
    }

    #[inline]
    fn entry_of<F>(
        &self,
        name: &Bound<'py, PyAny>,
        value: &Bound<'py, PyAny>,
        each: &mut F,
    ) -> Result<(), Failure>
    where
        F: FnMut(Name<'_>, Entry<'_>) -> Result<(), Failure>,
    {
        if let Ok(value) = value.cast::<PyInt>() {
            return self.named(name, Entry::Exact(number(value)?), each);
        }
        if let Ok(bytes) = value.cast::<PyBytes>() {
            return self.named(name, Entry::Raw(bytes.as_bytes()), each);
        }
        let pair = value.cast_exact::<PyTuple>().map_err(|_| Refused)?;
        if pair.len() != 2 {
            return Err(Refused.into());
        }
        let (value, mask) = (pair.get_item(0)?, pair.get_item(1)?);
        let value = number(value.cast().map_err(|_| Refused)?)?;
        let mask = number(mask.cast().map_err(|_| Refused)?)?;
        self.named(name, Entry::Masked(value, mask), each)
    }
}

/// An integer from 0 up, of up to 128 bits.
#[inline]
fn number(value: &Bound<'_, PyInt>) -> Result<u128, Failure> {
    match value.extract::<u64>() {
        Ok(value) => Ok(value.into()),
        Err(_) => Ok(value.extract::<u128>()?),
    }
}

impl<'py> Take for Taking<'_, 'py> {
    type Value<'a>
        = Borrowed<'a, 'py, PyAny>
    where
        Self: 'a;
    type Record = Record<'py>;
    type Error = Failure;

    #[inline]
    fn record(
        &self,
        class: usize,
        value: Borrowed<'_, 'py, PyAny>,
    ) -> Result<Self::Record, Failure> {
        let shape = &self.tables.shapes[class];
        if value.get_type_ptr() as usize != shape.class {
            return Err(Refused.into());
        }
        if shape.names.len() > FEW {
            let fields = shape.take(self.py)?.call1((value,))?;
            return Ok(Record::Many(fields.cast_into().map_err(|_| Refused)?));
        }
        let mut fields = [const { None }; FEW];
        for (field, name) in fields.iter_mut().zip(&shape.names) {
            *field = Some(value.getattr(name.bind(self.py))?);
        }
        Ok(Record::Few(fields))
    }

    #[inline]
    fn field<'a>(
        &'a self,
        record: &'a Record<'py>,
        index: usize,
    ) -> Result<Borrowed<'a, 'py, PyAny>, Failure> {
        match record {
            Record::Many(fields) => Ok(fields.get_borrowed_item(index)?),
            Record::Few(fields) => {
                let field = fields.get(index).and_then(Option::as_ref).ok_or(Refused)?;
                Ok(field.as_borrowed())
            }
        }
    }

    fn is_default(
        &self,
        class: usize,
        record: &Record<'py>,
        index: usize,
    ) -> Result<bool, Failure> {
        let shape = &self.tables.shapes[class];
        let held = self.field(record, index)?;
        let place = index + shape.defaults.len() - shape.names.len();
        let default = shape.defaults[place].bind(self.py);
        Ok(held.is(default) || held.eq(default)?)
    }

    fn kind(&self, family: usize, value: Borrowed<'_, 'py, PyAny>) -> Result<Kind, Failure> {
        let kinds = &self.tables.kinds[family];
        let class = value.get_type_ptr() as usize;
        let Some(members) = kinds.members.get(&class) else {
            let is_raw = class == address(kinds.raw.bind(self.py));
            return if is_raw { Ok(Kind::Raw) } else { Err(Refused.into()) };
        };
        let family = &self.tables.plan.families()[family];
        for &member in members {
            let shape = &self.tables.shapes[family.members()[member].class];
            if self.has_constants(shape, &value)? {
                return Ok(Kind::Member(member));
            }
        }
        Err(Refused.into())
    }

    fn raw(
        &self,
        _family: usize,
        value: Borrowed<'_, 'py, PyAny>,
        out: &mut Vec<u8>,
    ) -> Result<u16, Failure> {
        let data = value.getattr(intern!(self.py, "data"))?;
        out.extend_from_slice(data.cast::<PyBytes>().map_err(|_| Refused)?.as_bytes());
        let code = self.int(value.getattr(intern!(self.py, "type"))?.as_borrowed())?;
        Ok(u16::try_from(code).map_err(|_| Refused)?)
    }

    #[inline]
    fn int(&self, value: Borrowed<'_, 'py, PyAny>) -> Result<u64, Failure> {
        Ok(value.cast::<PyInt>().map_err(|_| Refused)?.extract::<u64>()?)
    }

    fn wide(&self, value: Borrowed<'_, 'py, PyAny>) -> Result<u128, Failure> {
        let value = value.cast::<PyInt>().map_err(|_| Refused)?;
        number(&value)
    }

    fn bytes<'a>(&self, value: Borrowed<'a, 'py, PyAny>) -> Result<&'a [u8], Failure>
    where
        Self: 'a,
    {
        Ok(value.extract::<&'a [u8]>().map_err(|_| Refused)?)
    }

    fn text<'a>(&self, value: Borrowed<'a, 'py, PyAny>) -> Result<&'a [u8], Failure>
    where
        Self: 'a,
    {
        Ok(value.extract::<&'a str>()?.as_bytes())
    }

    fn items<F>(&self, value: Borrowed<'_, 'py, PyAny>, mut each: F) -> Result<(), Failure>
    where
        F: FnMut(Borrowed<'_, 'py, PyAny>) -> Result<(), Failure>,
    {
        if let Ok(list) = value.cast_exact::<PyList>() {
            return list.iter().try_for_each(|item| each(item.as_borrowed()));
        }
        let tuple = value.cast_exact::<PyTuple>().map_err(|_| Refused)?;
        tuple.iter_borrowed().try_for_each(each)
    }

    fn foreign(
        &self,
        class: usize,
        value: Borrowed<'_, 'py, PyAny>,
        out: &mut Vec<u8>,
    ) -> Result<(), Failure> {
        let written = PyByteArray::new(self.py, b"");
        let codec = self.tables.shapes[class].codec(self.py)?;
        codec.call_method1(intern!(self.py, "write"), (value, &written))?;
        out.extend_from_slice(&written.to_vec());
        Ok(())
    }

    fn error(&self, value: Borrowed<'_, 'py, PyAny>) -> Result<(u16, u16), Failure> {
        let source = self.tables.source.bind(self.py);
        Ok(source.call_method1(intern!(self.py, "wire"), (value,))?.extract()?)
    }

    fn entries<F>(&self, value: Borrowed<'_, 'py, PyAny>, mut each: F) -> Result<(), Failure>
    where
        F: FnMut(Name<'_>, Entry<'_>) -> Result<(), Failure>,
    {
        if value.get_type_ptr() as usize != self.tables.match_class {
            return Err(Refused.into());
        }
        let fields = value.getattr(intern!(self.py, "_fields"))?;
        let fields = fields.cast::<PyDict>().map_err(|_| Refused)?;
        fields.iter().try_for_each(|(name, value)| self.entry_of(&name, &value, &mut each))
    }

    fn fixed(
        &self,
        value: Borrowed<'_, 'py, PyAny>,
        size: usize,
        out: &mut Vec<u8>,
    ) -> Result<bool, Failure> {
        if value.get_type_ptr() as usize != self.tables.match_class {
            return Err(Refused.into());
        }
        let fixed = value.getattr(intern!(self.py, "fixed"))?;
        let Ok(fixed) = fixed.cast::<PyBytes>() else { return Ok(false) };
        let is_its_own = fixed.as_bytes().len() == size;
        if is_its_own {
            out.extend_from_slice(fixed.as_bytes());
        }
        Ok(is_its_own)
    }

    fn entry<F>(
        &self,
        name: Borrowed<'_, 'py, PyAny>,
        value: Borrowed<'_, 'py, PyAny>,
        mut each: F,
    ) -> Result<(), Failure>
    where
        F: FnMut(Name<'_>, Entry<'_>) -> Result<(), Failure>,
    {
        if !name.is_exact_instance_of::<PyString>() {
            return Err(Refused.into());
        }
        self.entry_of(&name, &value, &mut each)
    }
}
