using Holdfast.Engine.Files;

namespace Holdfast.Engine.Supervision;

/// <summary>Whether an application runs.</summary>
public enum ServiceCondition
{
    /// <summary>Nothing tells.</summary>
    Unknown,

    Stopped,

    Running,
}

/// <param name="Condition">Whether it runs.</param>
/// <param name="Process">Its main process, when that is known; null otherwise.</param>
public readonly record struct ServiceState(ServiceCondition Condition, ProcessIdentity? Process)
{
    /// <summary>It runs, and it is known that nothing is about to stop it.</summary>
    public bool IsStaying { get; init; }

    public static ServiceState Stopped { get; } = new(ServiceCondition.Stopped, null);

    public static ServiceState Unknown { get; } = new(ServiceCondition.Unknown, null);

    public static ServiceState Running(ProcessIdentity? process) => new(ServiceCondition.Running, process);
}
