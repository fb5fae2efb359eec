"""Nouns as JSON and back, by the types of their fields: what a report's file is made of.

A noun is an object of its fields; a field that has its default is left out. A text or bytes that
are UTF-8 are a string, all others `{"base64": ...}`, so that every parser of JSON gets them whole.
Of a text that holds half a surrogate pair (a byte that was no UTF-8), the base64 is its
UTF-8 with each half encoded like any character. Pure.
"""
