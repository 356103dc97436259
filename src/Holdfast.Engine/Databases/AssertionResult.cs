namespace Holdfast.Engine.Databases;

/// <summary>What became of an assertion.</summary>
/// <param name="Holds">The first column of the first row was true.</param>
/// <param name="Detail">What came instead, in words; null when it holds.</param>
public sealed record AssertionResult(string Sql, bool Holds, string? Detail);
