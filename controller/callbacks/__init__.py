"""The programming model: what apps have called, when, and in which order. Of switches it
knows no more than what events show.

base        what apps give a controller to call       events    what can happen, and what it shows
dispatch    whose turn it is when an event is raised  matching  callbacks for some packets only
timers      what is called later                      posted    events of the apps' own
components  apps that require each other              member    what the events of members show
guard       calls that may fail                       traces    what the log shows of a mistake
instead     what to write instead of a mistake        habits    the tables of that
checks      what apps may give                        watchdog  who holds everybody up
event_type  what an event knows of itself             farewell  the end
"""
