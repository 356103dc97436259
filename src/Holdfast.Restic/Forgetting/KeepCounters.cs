namespace Holdfast.Restic.Forgetting;

/// <summary>How many more each counted rule keeps after a snapshot was looked at; -1 for a count that never ends.</summary>
public readonly record struct KeepCounters(int Last, int Hourly, int Daily, int Weekly, int Monthly, int Yearly);
