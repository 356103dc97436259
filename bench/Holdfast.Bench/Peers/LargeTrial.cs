namespace Holdfast.Bench.Peers;

/// <summary>Holdfast with a database far larger than the memory it may use.</summary>
internal static class LargeTrial
{
    public static async Task<LargeResult> RunAsync(BackupTool holdfast, string database, string restored)
    {
        WorkFiles.Empty(holdfast.Directory);
        WorkFiles.Empty(restored);
        await MeasuredProgram.RunAsync(holdfast.Initialize);
        await WorkFiles.SettleAsync();
        var first = await MeasuredProgram.MeasureAsync(holdfast.Backup(database, "first"));
        var stored = WorkFiles.Size(holdfast.Repository);
        var again = await MeasuredProgram.MeasureAsync(holdfast.Backup(database, "second"));
        var restore = await MeasuredProgram.MeasureAsync(holdfast.Restores[^1].Into(restored));
        WorkFiles.RequireSame(database, restored, Path.GetFileName(database));
        WorkFiles.Empty(restored);
        WorkFiles.Empty(holdfast.Directory);
        return new(new FileInfo(database).Length, stored, first, again, restore);
    }
}
