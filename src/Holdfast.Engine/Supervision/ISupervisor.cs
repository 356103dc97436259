using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Supervision;

/// <summary>
/// Stops and starts one application. Every call keeps to the time that the manifest gives; stopping what is stopped and starting what runs
/// is fine.
/// </summary>
public interface ISupervisor
{
    /// <summary>What it looks after, for messages: <c>the unit shop.service</c>; harmless for terminals.</summary>
    string Subject { get; }

    /// <summary>
    /// A program of the manifest without which it cannot be told whether it runs, and which is not there, in one clause; null when there is none. It may be what a
    /// restore is to bring back.
    /// </summary>
    string? Hindrance => null;

    /// <summary>Unknown as long as there is a <see cref="Hindrance"/>.</summary>
    /// <exception cref="HoldfastException">It cannot be told, and why.</exception>
    Task<ServiceState> StateAsync(CancellationToken cancellationToken);

    /// <summary>Returns when it has stopped.</summary>
    /// <exception cref="HoldfastException">Failed: it did not stop, with what was said about it. It may still stop later.</exception>
    Task StopAsync(CancellationToken cancellationToken);

    /// <summary>Returns when it has started; whether it works is another question. It outlives this process.</summary>
    /// <exception cref="HoldfastException">Failed: it did not start, with what was said about it.</exception>
    Task StartAsync(CancellationToken cancellationToken);
}
