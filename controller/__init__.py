"""The controller: event dispatch, callbacks, timers, switch handles, script runner."""
