"""Calls that outlive the program: one SQLite file, and the forms in which records leave it.

archive ──► file ──► plain            what is kept, in a thread of its own
export, note ◄── records              what is given away: CSV, JSON Lines, a note for a ticket; text out, no file
"""
