"""Test calls between phones of one's own: each calls each, both ends are read, and a grid says which way is bad.

plan_file ──► plan ──► round_robin ──► mesh_call (one call's life) ──► direction ──► result ──► patterns, comparison
                                            ▲                                           │
                            run ── orders ──┘ (the only part with a clock)              └──► result_file ──► archive
                             └──► begun_calls: a file that names calls which are to be ended, whatever happens

The first row is pure: phones as values go in, and the time is a parameter.
"""
