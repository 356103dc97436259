using System.Text.Json.Serialization;

namespace Holdfast.Engine.Manifest;

/// <summary>How the application is stopped, started and asked whether it works.</summary>
public sealed record ServiceDeclaration
{
    public static TimeSpan DefaultTimeout { get; } = TimeSpan.FromMinutes(1);

    /// <summary>What stops and starts it.</summary>
    public required ServiceControl Control { get; init; }

    /// <summary>What tells that it works; null when nothing does.</summary>
    public HealthDeclaration? Health { get; init; }

    /// <summary>How long a stop or a start may take. The journal keeps declarations as JSON, whose reader sets what an older version did not write to zero.</summary>
    public TimeSpan Timeout { get; init => field = value == TimeSpan.Zero ? DefaultTimeout : value; } = DefaultTimeout;

    /// <summary>Absolute; null in a form that has none. It belongs to the process that runs, and is neither saved nor restored.</summary>
    [JsonIgnore]
    public string? PidFile => (Control as ServiceControl.Process)?.PidFile;
}

/// <summary>What stops and starts an application.</summary>
[JsonDerivedType(typeof(Systemd), "systemd")]
[JsonDerivedType(typeof(Commands), "commands")]
[JsonDerivedType(typeof(Process), "process")]
public abstract record ServiceControl
{
    private ServiceControl()
    {
    }

    /// <param name="Unit">The unit of systemd.</param>
    public sealed record Systemd([property: JsonRequired] string Unit) : ServiceControl;

    /// <summary>Programs, each with its arguments, run without a shell in the application's root.</summary>
    /// <param name="Start">Ends when the application was started.</param>
    /// <param name="Stop">Ends when it has stopped.</param>
    /// <param name="Status">Exits with 0 while the application runs, with another code when it does not; null when there is none.</param>
    public sealed record Commands([property: JsonRequired] IReadOnlyList<string> Start, [property: JsonRequired] IReadOnlyList<string> Stop, IReadOnlyList<string>? Status) : ServiceControl;

    /// <summary>A process that ends on a signal, and is started by a program or by whoever looks after it.</summary>
    /// <param name="PidFile">Absolute; holds the process's number.</param>
    /// <param name="Signal">The number of the signal that ends it: 15 for TERM.</param>
    /// <param name="Start">A program that starts it; null when something else starts it again by itself.</param>
    public sealed record Process([property: JsonRequired] string PidFile, [property: JsonRequired] int Signal, IReadOnlyList<string>? Start) : ServiceControl;
}

/// <summary>What tells whether the application works.</summary>
public sealed record HealthDeclaration
{
    public static TimeSpan DefaultTimeout { get; } = TimeSpan.FromSeconds(30);

    public static TimeSpan DefaultInterval { get; } = TimeSpan.FromSeconds(1);

    /// <summary>What is asked.</summary>
    public required HealthProbe Probe { get; init; }

    /// <summary>How long the application may take until it is healthy.</summary>
    public TimeSpan Timeout { get; init => field = value == TimeSpan.Zero ? DefaultTimeout : value; } = DefaultTimeout;

    /// <summary>Between two questions.</summary>
    public TimeSpan Interval { get; init => field = value == TimeSpan.Zero ? DefaultInterval : value; } = DefaultInterval;

    /// <summary>How many good answers in a row make it healthy.</summary>
    public int Successes { get; init => field = Math.Max(value, 1); } = 1;
}

/// <summary>One question whether the application works.</summary>
[JsonDerivedType(typeof(Http), "http")]
[JsonDerivedType(typeof(Command), "command")]
public abstract record HealthProbe
{
    private HealthProbe()
    {
    }

    /// <param name="Url">Asked with GET; any status from 200 to 299 is good.</param>
    public sealed record Http([property: JsonRequired] Uri Url) : HealthProbe;

    /// <param name="Arguments">A program and its arguments, run without a shell in the application's root; exit code 0 is good.</param>
    public sealed record Command([property: JsonRequired] IReadOnlyList<string> Arguments) : HealthProbe;
}
