//! Templates: calls that make messages nobody looks at before they are sent.
//!
//! `openflow/templates/template.py` traces a function, and finds and proves where its arguments stand in the
//! bytes; what has been found there is done here. A call that fits a form ([`form`]) makes an
//! untouched message (`openflow/templates/untouched.py`) of its arguments, and sending that one fills them into
//! a pattern. All else is left to Python.

mod form;

use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple, PyType};

use form::make;
pub(crate) use form::{Form, Kept, encode, encode_untouched, is_untouched};

/// The forms for arguments of some types.
#[pyclass(frozen, module = "openflow._codec")]
struct Shape {
    kinds: Vec<Py<PyType>>,
    /// Those by whose values the forms are found.
    keys: Vec<usize>,
    /// The forms by these values.
    forms: Py<PyDict>,
    /// The only form, when there are no keys.
    only: Option<Py<Form>>,
}

impl Shape {
    /// Makes an untouched message, if there is a form for these arguments.
    #[inline]
    fn make<'py>(&self, arguments: &Bound<'py, PyTuple>) -> PyResult<Option<Bound<'py, PyAny>>> {
        match &self.only {
            Some(form) => make(form.bind(arguments.py()), arguments),
            None => self.form(arguments).map_or(Ok(None), |form| make(&form, arguments)),
        }
    }

    fn form<'py>(&self, arguments: &Bound<'py, PyTuple>) -> Option<Bound<'py, Form>> {
        let mut pairs = arguments.iter_borrowed().zip(&self.kinds);
        if arguments.len() != self.kinds.len()
            || !pairs.all(|(argument, kind)| argument.get_type().is(kind))
        {
            return None;
        }
        let py = arguments.py();
        let key = self.keys.iter().map(|&place| arguments.get_borrowed_item(place));
        let key = PyTuple::new(py, key.collect::<PyResult<Vec<_>>>().ok()?).ok()?;
        self.forms.bind(py).get_item(key).ok()??.cast_into().ok()
    }
}

#[pymethods]
impl Shape {
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.forms)?;
        visit.call(&self.only)
    }
}

/// A function whose messages are made when somebody looks at them.
#[pyclass(frozen, dict, module = "openflow._codec")]
pub(crate) struct Template {
    /// Takes arguments and named arguments, for all that fits no form.
    other: Py<PyAny>,
    shapes: Py<PyList>,
}

#[pymethods]
impl Template {
    #[new]
    fn new(py: Python<'_>, other: Py<PyAny>) -> Self {
        Self { other, shapes: PyList::empty(py).unbind() }
    }

    /// Try these forms before calling into Python: for arguments of these types, by the values of
    /// those with these numbers; the only one must be there already.
    fn add(
        &self,
        kinds: Vec<Py<PyType>>,
        keys: Vec<usize>,
        forms: &Bound<'_, PyDict>,
    ) -> PyResult<()> {
        let py = forms.py();
        let only = if keys.is_empty() { forms.get_item(PyTuple::empty(py))? } else { None };
        let only = only.map(|form| Ok::<_, PyErr>(form.cast_into()?.unbind())).transpose()?;
        let forms = forms.clone().unbind();
        self.shapes.bind(py).append(Bound::new(py, Shape { kinds, keys, forms, only })?)
    }

    /// Forget these forms.
    fn discard(&self, forms: &Bound<'_, PyDict>) -> PyResult<()> {
        let shapes = self.shapes.bind(forms.py());
        for place in (0..shapes.len()).rev() {
            if shapes.get_item(place)?.cast_exact::<Shape>()?.get().forms.is(forms) {
                shapes.del_item(place)?;
            }
        }
        Ok(())
    }

    #[pyo3(signature = (*arguments, **named))]
    fn __call__<'py>(
        &self,
        arguments: &Bound<'py, PyTuple>,
        named: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = arguments.py();
        let shapes = self.shapes.bind(py);
        let mut place = 0;
        while named.is_none() && place < shapes.len() {
            let shape = shapes.get_item(place)?;
            if let Some(message) = shape.cast_exact::<Shape>()?.get().make(arguments)? {
                return Ok(message);
            }
            place += 1;
        }
        let named = named.cloned().unwrap_or_else(|| PyDict::new(py));
        self.other.bind(py).call1((arguments, named))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.other)?;
        visit.call(&self.shapes)
    }
}
