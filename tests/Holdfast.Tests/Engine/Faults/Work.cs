namespace Holdfast.Tests.Engine.Faults;

/// <summary>What is done with a repository.</summary>
public enum Work
{
    Backup,
    Restore,
    Forget,
    Prune,
    Check,
    Copy,
}
