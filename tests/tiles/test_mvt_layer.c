/* tiles/mvt_layer.c */
int main(void);
int main(void)
{
    return 0;
}
