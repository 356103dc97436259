using System.Text.Json.Serialization;
using Holdfast.Engine.Files;

namespace Holdfast.Engine.Supervision;

/// <summary>How an application was found before it was touched. To be kept with an operation, so that a later run can finish it.</summary>
/// <param name="WasRunning">It ran, or nothing could tell that it did not.</param>
/// <param name="Process">Its main process, when that was known; what starts later must be another one.</param>
/// <param name="Detail">How that was found out, one phrase; harmless for terminals.</param>
public sealed record ServiceSnapshot([property: JsonRequired] bool WasRunning, ProcessIdentity? Process, [property: JsonRequired] string Detail);

/// <summary>What a start came to.</summary>
/// <param name="Started">False when the application did not run before and therefore was not started.</param>
/// <param name="Process">The new main process, when it is known.</param>
/// <param name="Health">The last answer; null when nothing is declared that could be asked.</param>
/// <param name="Detail">One sentence for a person; harmless for terminals.</param>
public sealed record ServiceStart(bool Started, ProcessIdentity? Process, HealthAnswer? Health, string Detail);

/// <summary>What has become of an application that was asked to stop and did not in time.</summary>
public enum LateStop
{
    /// <summary>It has ended, or another process runs in its place.</summary>
    Ended,

    /// <summary>It runs, and may end yet.</summary>
    Running,

    /// <summary>It runs, and will go on.</summary>
    Staying,
}
