using Holdfast.Engine.Restores.Exchanges;

namespace Holdfast.Engine.Restores.Lifecycle;

/// <summary>The names of the steps of a restore in place, as the journal and the screen show them.</summary>
internal static class RestoreSteps
{
    internal const string Stage = "restoring beside what is there";
    internal const string Safety = "saving the present state";
    internal const string SafetyCheck = "reading the safety snapshot back";
    internal const string Stop = "stopping the application";
    internal const string SafetyAgain = "saving what has changed since";
    internal const string Exchange = "exchanging";
    internal const string Verify = "verifying in place";
    internal const string Start = "starting the application";
    internal const string Finish = "removing what was replaced";
    internal const string PutBack = "putting the old state back";
    internal const string StartOld = "starting the application with its old state";
}
