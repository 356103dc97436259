namespace Holdfast.Engine.Operations;

/// <summary>What is to be entered into the journal of work that begins.</summary>
/// <param name="Kind">One of <see cref="OperationKind"/>.</param>
/// <param name="Title">One line for people.</param>
/// <param name="Json">What is needed to do it again, without secrets; null when nobody can.</param>
public sealed record OperationOrder(string Kind, string Title, string? Json);
