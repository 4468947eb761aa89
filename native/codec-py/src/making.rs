//! Python objects made of what is read.

use std::cell::OnceCell;
use std::vec::Drain;

use codec::{Entry, Make, Name, Refused};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyString, PyTuple};

use crate::tables::Tables;

/// Why the native engine went no further; with an exception if Python raised one.
#[derive(Debug)]
pub(crate) struct Failure(pub(crate) Option<Box<PyErr>>);

impl From<Refused> for Failure {
    fn from(_: Refused) -> Self {
        Self(None)
    }
}

impl From<PyErr> for Failure {
    fn from(error: PyErr) -> Self {
        Self(Some(Box::new(error)))
    }
}

/// Makes objects of one message.
pub(crate) struct Making<'a, 'py> {
    py: Python<'py>,
    tables: &'a Tables,
    data: &'a [u8],
    /// The message for functions in Python, made when the first is called.
    whole: OnceCell<Bound<'py, PyBytes>>,
}

impl<'a, 'py> Making<'a, 'py> {
    pub(crate) fn new(py: Python<'py>, tables: &'a Tables, data: &'a [u8]) -> Self {
        Self { py, tables, data, whole: OnceCell::new() }
    }

    fn integer(&self, value: u128) -> Bound<'py, PyAny> {
        match u64::try_from(value) {
            Ok(value) => self.int(value),
            Err(_) => self.wide(value),
        }
    }

    fn pair(&self, value: u128, mask: u128) -> PyResult<Bound<'py, PyAny>> {
        Ok(PyTuple::new(self.py, [self.integer(value), self.integer(mask)])?.into_any())
    }
}

/// What never fails gives its value.
fn sure<T>(result: Result<T, std::convert::Infallible>) -> T {
    match result {
        Ok(value) => value,
        Err(never) => match never {},
    }
}

impl<'py> Make for Making<'_, 'py> {
    type Value = Bound<'py, PyAny>;
    type Entries = Option<Bound<'py, PyDict>>;
    type Error = Failure;

    #[inline]
    fn int(&self, value: u64) -> Self::Value {
        sure(value.into_pyobject(self.py)).into_any()
    }

    fn wide(&self, value: u128) -> Self::Value {
        sure(value.into_pyobject(self.py)).into_any()
    }

    fn bytes(&self, bytes: &[u8]) -> Self::Value {
        PyBytes::new(self.py, bytes).into_any()
    }

    fn text(&self, bytes: &[u8]) -> Result<Self::Value, Failure> {
        let py = self.py;
        if let Ok(text) = std::str::from_utf8(bytes) {
            return Ok(PyString::new(py, text).into_any());
        }
        let arguments = (intern!(py, "utf-8"), intern!(py, "surrogateescape"));
        Ok(self.bytes(bytes).call_method1(intern!(py, "decode"), arguments)?)
    }

    fn list(&self, items: Drain<'_, Self::Value>) -> Result<Self::Value, Failure> {
        Ok(PyList::new(self.py, items)?.into_any())
    }

    fn object(&self, class: usize, values: Drain<'_, Self::Value>) -> Result<Self::Value, Failure> {
        let make = self.tables.shapes[class].make(self.py)?;
        Ok(make.call1(PyTuple::new(self.py, values)?)?)
    }

    fn raw(&self, family: usize, code: u16, data: &[u8]) -> Result<Self::Value, Failure> {
        let raw = self.tables.kinds[family].raw.bind(self.py);
        Ok(raw.call1((code, self.bytes(data)))?)
    }

    fn error(&self, code: u16, detail: u16) -> Result<Self::Value, Failure> {
        let source = self.tables.source.bind(self.py);
        Ok(source.call_method1(intern!(self.py, "error"), (code, detail))?)
    }

    fn foreign(
        &self,
        class: usize,
        data: &[u8],
        start: usize,
        end: usize,
    ) -> Result<(Self::Value, usize), Failure> {
        debug_assert_eq!(self.data, data);
        let whole = self.whole.get_or_init(|| PyBytes::new(self.py, self.data));
        let codec = self.tables.shapes[class].codec(self.py)?;
        let read = codec.call_method1(intern!(self.py, "read"), (whole, start, end))?;
        Ok(read.extract::<(Self::Value, usize)>()?)
    }

    fn entries(&self) -> Self::Entries {
        None
    }

    fn enter(
        &self,
        entries: &mut Self::Entries,
        name: Name<'_>,
        entry: Entry<'_>,
    ) -> Result<bool, Failure> {
        let entries = entries.get_or_insert_with(|| PyDict::new(self.py));
        let value = Make::entry(self, entry)?;
        match name {
            Name::Known(field) => {
                entries.set_item(self.tables.names[field].bind(self.py), value)?;
            }
            Name::Other(name) => {
                let name = PyString::new(self.py, name);
                if entries.contains(&name)? {
                    return Ok(false);
                }
                entries.set_item(name, value)?;
            }
        }
        Ok(true)
    }

    fn matching(
        &self,
        entries: Self::Entries,
        fixed: Option<&[u8]>,
    ) -> Result<Self::Value, Failure> {
        let py = self.py;
        if entries.is_none() && fixed.is_none() {
            return Ok(self.tables.any_packet.bind(py).clone());
        }
        let entries = entries.unwrap_or_else(|| PyDict::new(py));
        let of = self.tables.match_of.bind(py);
        Ok(match fixed {
            Some(fixed) => of.call1((entries, PyBytes::new(py, fixed)))?,
            None => of.call1((entries,))?,
        })
    }

    fn name(&self, name: Name<'_>) -> Self::Value {
        match name {
            Name::Known(field) => self.tables.names[field].bind(self.py).clone().into_any(),
            Name::Other(name) => PyString::new(self.py, name).into_any(),
        }
    }

    fn entry(&self, entry: Entry<'_>) -> Result<Self::Value, Failure> {
        Ok(match entry {
            Entry::Exact(value) => self.integer(value),
            Entry::Masked(value, mask) => self.pair(value, mask)?,
            Entry::Raw(payload) => self.bytes(payload),
        })
    }
}
