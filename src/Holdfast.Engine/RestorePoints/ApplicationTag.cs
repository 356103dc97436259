namespace Holdfast.Engine.RestorePoints;

/// <summary>
/// The tag by which the snapshots of one application are found among others, also with stock restic
/// (<c>restic snapshots --tag app=shop</c>).
/// </summary>
public static class ApplicationTag
{
    public static string Of(string application) => $"app={application}";
}
