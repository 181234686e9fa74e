package dev.quiver.client;

/** What an attribute is. */
public record FieldDeclaration(FieldTypeName type) {}
